/** A file of which no run ends, or which no memory holds, is refused before any runtime is tried on it. */
import { expect, it } from 'vitest';

import type { OnnxGraph, OnnxModel, OnnxValueInfo } from '../../proto/onnx.ts';
import { NascentError } from '../../src/errors.ts';
import { parity } from '../../src/parity/parity.ts';
import { silentReporter, type Reporter } from '../../src/run/reporter.ts';
import { floatInfo, floats, ints, modelOf, node } from '../exporters/onnx/models.ts';
import { written } from './models.ts';

const info = (name: string, dtype: 'bool' | 'int64'): OnnxValueInfo => ({
  name,
  type: { kind: 'tensor', dtype, shape: [] },
});

/** Doubles x for as long as the condition says, which it always does. */
function endless(): OnnxModel {
  const body: OnnxGraph = {
    name: 'body',
    nodes: [node('Identity', ['go'], ['on']), node('Add', ['state', 'state'], ['twice'])],
    initializers: [],
    inputs: [info('i', 'int64'), info('go', 'bool'), floatInfo('state', [4])],
    outputs: [info('on', 'bool'), floatInfo('twice', [4])],
    valueInfo: [],
  };
  return modelOf({
    inputs: [floatInfo('x', [4])],
    outputs: [floatInfo('y', [4])],
    initializers: [{ name: 'true', dims: [], dtype: 'bool', data: Uint8Array.of(1) }],
    nodes: [node('Loop', ['', 'true', 'x'], ['y'], [{ kind: 'graph', name: 'body', value: body }])],
  });
}

/** A depth that no row has. */
function wide(): OnnxModel {
  return modelOf({
    inputs: [{ name: 'i', type: { kind: 'tensor', dtype: 'int64', shape: [3] } }],
    outputs: [{ name: 'y', type: { kind: 'unknown' } }],
    initializers: [{ ...ints('depth', [2 ** 40]), dims: [] }, floats('values', [2], [0, 1])],
    nodes: [node('OneHot', ['i', 'depth', 'values'], ['y'])],
  });
}

it.each<[string, OnnxModel, string, RegExp]>([
  [
    'what never ends',
    endless(),
    'Loop that makes "y" never ends',
    /^No runtime comes to its end, so that none was tried/,
  ],
  [
    'what is too wide',
    wide(),
    'it makes float32[3, 1099511627776]: too many numbers to hold',
    /^No runtime holds so many numbers, so that none was tried/,
  ],
])('%s is refused at once', async (_, model, message, help) => {
  const stages: string[] = [];
  const reporter: Reporter = { ...silentReporter, stage: (key) => stages.push(key) };
  const refused = parity({ model: await written(model) }, reporter, new AbortController().signal);
  const error = await refused.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NascentError);
  expect((error as NascentError).message).toContain(message);
  expect((error as NascentError).help).toMatch(help);
  expect(stages).toEqual(['read']);
});
