/** `--format onnx`: one file that every runtime reads. */
import { encodeModel } from '../../../proto/onnx.ts';
import type { FormatRow } from './format.ts';

export const onnx: FormatRow = {
  help: 'one file, for every runtime',
  kind: 'file',
  nameOf: (model) => `${model}.onnx`,
  refusal: () => undefined,
  format(model) {
    const data = encodeModel(model);
    return Promise.resolve({ files: [{ name: '', data }], model: data });
  },
  alwaysProven: false,
};
