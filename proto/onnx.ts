/**
 * ONNX files as plain data. Reading knows the newest format (`onnx.proto3`), writing stays at the one every runtime
 * reads (IR 8, onnx-proto).
 */
export type { Decoding, ExternalData } from './decode-tensor.ts';
export { decodeModel, decodeTensorFile } from './decode.ts';
export { encodeModel, encodeModelBeside, encodeTensorFile, writableIrVersion } from './encode.ts';
export { byteLengthOf, bytesOf, codeOf, dataTypeOf, dataTypes } from './data-type.ts';
export type { NumericTensor, OnnxDataType, OnnxNumericType, OnnxTensor, StringTensor } from './data-type.ts';
export type * from './types.ts';
export { invalid } from './message.ts';
