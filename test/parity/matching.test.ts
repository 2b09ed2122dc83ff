/** What is one in two files. */
import { expect, it } from 'vitest';

import type { OnnxDataType } from '../../proto/onnx.ts';
import { matchFiles } from '../../src/parity/matching.ts';
import { modelOf, node } from '../exporters/onnx/models.ts';

function fileOf(input: OnnxDataType, output: OnnxDataType, name = 'y') {
  const info = (called: string, dtype: OnnxDataType) =>
    ({ name: called, type: { kind: 'tensor', dtype, shape: ['batch', 3] } }) as const;
  return modelOf({
    inputs: [info('x', input)],
    nodes: [node('Cast', ['x'], [name], [{ name: 'to', kind: 'int', value: 7 }])],
    outputs: [info(name, output)],
  });
}

it('says what is of another type in the other file', () => {
  expect(matchFiles(fileOf('float32', 'int64'), fileOf('float16', 'int32', 'z')).notes).toEqual([
    'output "y" is "z" in the other file',
    'input "x" is float32, and float16 in the other file',
    'output "y" is int64, and int32 in the other file',
  ]);
  expect(matchFiles(fileOf('float32', 'int64'), fileOf('float32', 'int64')).notes).toEqual([]);
});
