/** Ops of ONNX's other domains are held to its table, too; onnxruntime refuses what is a fault. */
import { expect, it } from 'vitest';
import { faultsIn } from '../../../../exporters/onnx/check/check.ts';
import { newestOf } from '../../../../exporters/onnx/schemas/schema.ts';
import {
  encodeModel,
  type OnnxAttribute,
  type OnnxDataType,
  type OnnxModel,
} from '../../../../proto/onnx.ts';
import { checkModel } from '../../../../src/onnx/check-model.ts';
import { expectRefused } from '../loading.ts';
import { floatInfo, modelOf, node } from '../models.ts';

const ml = 'ai.onnx.ml';
const floats = (name: string, value: readonly number[]): OnnxAttribute => ({ name, kind: 'floats', value });
const strings = (name: string, value: readonly string[]): OnnxAttribute => ({ name, kind: 'strings', value });

function model(
  op: string,
  attributes: readonly OnnxAttribute[],
  {
    version = 3,
    x = 'float32',
    y = 'float32',
  }: { version?: number; x?: OnnxDataType; y?: OnnxDataType } = {},
): OnnxModel {
  const input = x === 'float32' ? floatInfo('x', [2, 3]) : { ...floatInfo('x', []), type: typed(x) };
  return modelOf(
    {
      inputs: [input],
      nodes: [node(op, ['x'], ['y'], attributes, { domain: ml })],
      outputs: [{ name: 'y', type: { kind: 'tensor', dtype: y } }],
    },
    {
      opsets: [
        { domain: '', version: 17 },
        { domain: ml, version },
      ],
    },
  );
}

const typed = (dtype: OnnxDataType) => ({ kind: 'tensor', dtype, shape: [2, 3] }) as const;
const scaled = [floats('offset', [0, 0, 0]), floats('scale', [1, 1, 1])];
const labels = [strings('keys_strings', ['a', 'b']), floats('values_floats', [1, 2])];

it.each<[string, OnnxModel, string | undefined]>([
  ['an op that there is', model('Scaler', scaled), undefined],
  [
    'an op that there is not',
    model('Nonesuch', []),
    'Nonesuch that makes "y": ONNX has no op "Nonesuch" of ai.onnx.ml',
  ],
  [
    'an attribute that there is not',
    model('Scaler', [...scaled, { name: 'bogus', kind: 'int', value: 1 }]),
    'Scaler that makes "y": Scaler has no attribute "bogus"',
  ],
  [
    'an attribute of another kind',
    model('Normalizer', [floats('norm', [1])]),
    'Normalizer that makes "y": attribute "norm" is of kind floats, not string',
  ],
  ['attributes of a later version', model('LabelEncoder', labels, { x: 'string', version: 2 }), undefined],
  [
    'a type that it does not take',
    model('Scaler', scaled, { x: 'string' }),
    'Scaler that makes "y": its input X ("x") is string, which Scaler does not take',
  ],
  [
    'a type that it does not give',
    model('Scaler', scaled, { y: 'int64' }),
    '"y" is said to be a tensor of int64, and its node gives float32',
  ],
])('%s', async (_, given, fault) => {
  const faults = faultsIn(given);
  expect(faults).toEqual(fault === undefined ? [] : [fault]);
  await expectRefused(given, faults);
});

it('go by their own version, and nothing is said of one that is not known', () => {
  const later = [...scaled, floats('bogus', [1])];
  expect(faultsIn(model('Scaler', later, { version: newestOf(ml) ?? 0 }))).toHaveLength(1);
  expect(faultsIn(model('Scaler', later, { version: (newestOf(ml) ?? 0) + 1 }))).toEqual([]);
  expect(faultsIn(model('LabelEncoder', labels, { x: 'string', version: 1 }))).toEqual([
    'LabelEncoder that makes "y": LabelEncoder has no attribute "keys_strings"',
    'LabelEncoder that makes "y": LabelEncoder has no attribute "values_floats"',
  ]);
});

it('is noted of domains that are not known, and of no other', async () => {
  const noted = async (given: OnnxModel) =>
    (await checkModel(encodeModel(given))).notes.filter((note) => note.includes('not judged'));
  const known = model('Scaler', scaled);
  expect(await noted(known)).toEqual([]);
  const mine = { ...known, opsets: [...known.opsets, { domain: 'mine', version: 1 }] };
  expect(await noted(mine)).toEqual(['ops of the domain mine are not judged']);
});
