/** `--format ort`: onnxruntime's own format, for programs that load it with onnxruntime and nothing else. */
import { encodeModel } from '../../../proto/onnx.ts';
import type { FormatRow } from './format.ts';

export const ort: FormatRow = {
  help: "onnxruntime's own, already optimised",
  kind: 'file',
  nameOf: (model) => `${model}.ort`,
  refusal: ({ externalData }) =>
    externalData
      ? {
          message: '--external-data and --format ort do not go together: an .ort file holds its weights',
          help: 'Leave --external-data out.',
        }
      : undefined,
  async format(model) {
    const { toOrtFormat } = await import('../../runtime/onnxruntime/ort-format.ts');
    const data = await toOrtFormat(encodeModel(model));
    return { files: [{ name: '', data }], model: data };
  },
  alwaysProven: true,
};
