/** A file no two runs of which are alike is refused before any runtime is tried on it; what draws and is not used, is not in the way. */
import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../exporters/onnx/import.ts';
import type { OnnxAttribute, OnnxFunction, OnnxModel, OnnxNode } from '../../proto/onnx.ts';
import { NascentError } from '../../src/errors.ts';
import { parity } from '../../src/parity/parity.ts';
import { silentReporter, type Reporter } from '../../src/run/reporter.ts';
import { floatInfo, floats, modelOf, node } from '../exporters/onnx/models.ts';
import { written } from './models.ts';

const signal = new AbortController().signal;
const yes = { name: 'yes', dims: [], dtype: 'bool', data: Uint8Array.of(1) } as const;
const seed: OnnxAttribute = { name: 'seed', kind: 'float', value: 1 };

function modelWith(nodes: readonly OnnxNode[], rest: Partial<OnnxModel> = {}): OnnxModel {
  return modelOf(
    {
      inputs: [floatInfo('x', [4])],
      initializers: [yes, floats('half', [], [0.5]), floats('none', [], [0])],
      nodes: [...nodes],
      outputs: [floatInfo('y', [4])],
    },
    rest,
  );
}

const noise = node('RandomNormalLike', ['x'], ['r'], [], { name: 'noise' });

async function told(model: OnnxModel, other?: OnnxModel) {
  const stages: string[] = [];
  const reporter: Reporter = { ...silentReporter, stage: (key) => stages.push(key) };
  const order = { model: await written(model), ...(other && { other: await written(other) }) };
  const error: unknown = await parity(order, reporter, signal).catch((reason: unknown) => reason);
  if (!(error instanceof NascentError)) throw error;
  return { code: error.code, message: error.message, help: error.help, stages };
}

describe('no runtime is tried on', () => {
  const library: OnnxFunction = {
    name: 'Noisy',
    domain: 'here',
    overload: '',
    docString: '',
    inputs: ['x'],
    outputs: ['y'],
    attributes: [],
    nodes: [noise, node('Add', ['x', 'r'], ['y'])],
    opsets: [{ domain: '', version: 17 }],
  };
  it.each<[string, OnnxModel, string]>([
    [
      'what adds random numbers',
      modelWith([noise, node('Exp', ['r'], ['e']), node('Add', ['x', 'e'], ['y'])]),
      'output "y" hangs on random numbers, which RandomNormalLike "noise" draws',
    ],
    [
      'what begins with a seed, and draws on with every run',
      modelWith([
        node('RandomNormalLike', ['x'], ['r'], [seed], { name: 'noise' }),
        node('Add', ['x', 'r'], ['y']),
      ]),
      'output "y" hangs on random numbers, which RandomNormalLike "noise" draws',
    ],
    [
      'a Dropout that trains',
      modelWith([node('Dropout', ['x', 'half', 'yes'], ['y'])]),
      'output "y" hangs on random numbers, which Dropout that makes "y" draws',
    ],
    [
      'a function that adds them',
      modelWith([node('Noisy', ['x'], ['y'], [], { domain: 'here' })], {
        functions: [library],
        opsets: [
          { domain: '', version: 17 },
          { domain: 'here', version: 1 },
        ],
      }),
      'RandomNormalLike "noise" draws random numbers',
    ],
  ])('%s', async (_, model, message) => {
    const refused = await told(model);
    expect(refused).toMatchObject({ code: 'onnx/unsupported', stages: ['read'] });
    expect(refused.message).toContain(message);
    expect(refused.help).toMatch(/^No two runs of it are alike/);
  });

  it('a file beside one that draws', async () => {
    const plain = modelWith([node('Exp', ['x'], ['y'])]);
    const refused = await told(plain, modelWith([noise, node('Add', ['x', 'r'], ['y'])]));
    expect(refused.message).toContain('RandomNormalLike "noise" draws');
  });
});

describe('is read', () => {
  it.each<[string, readonly OnnxNode[]]>([
    ['what draws for nobody', [noise, node('Exp', ['x'], ['y'])]],
    ['a Dropout that trains and drops nothing', [node('Dropout', ['x', 'none', 'yes'], ['y'])]],
  ])('%s', (_, nodes) => {
    expect(importOnnx(modelWith(nodes)).graph.outputs.map(({ name }) => name)).toEqual(['y']);
  });
});
