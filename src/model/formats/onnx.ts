/** `--format onnx`: one file that every runtime reads. */
import { encodeModel, encodeModelBeside } from '../../../proto/onnx.ts';
import type { FormatRow } from './format.ts';

export const onnx: FormatRow = {
  help: 'one file, for every runtime',
  kind: 'file',
  nameOf: (model) => `${model}.onnx`,
  refusal: () => undefined,
  format(model, { file, externalData }) {
    if (externalData) {
      const beside = `${file}.data`;
      const { model: data, weights } = encodeModelBeside(model, beside);
      const files = [
        { name: beside, data: weights },
        { name: '', data },
      ];
      return Promise.resolve({ files, model: data });
    }
    const data = encodeModel(model);
    return Promise.resolve({ files: [{ name: '', data }], model: data });
  },
  alwaysProven: false,
};
