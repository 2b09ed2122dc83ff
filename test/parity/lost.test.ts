/** Runtimes that take too much are rows of a comparison, also where nobody is left to be compared with. */
import { expect, it } from 'vitest';

import { NascentError } from '../../src/errors.ts';
import { compareSubject } from '../../src/parity/parity.ts';
import { requireParity } from '../../src/parity/parity-report.ts';
import { ProcessLost } from '../../src/parity/processes/spawn.ts';
import { openWay, type Open } from '../../src/parity/ways.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { floatInfo, modelOf, node } from '../exporters/onnx/models.ts';
import { subject } from './models.ts';

const model = modelOf({
  inputs: [floatInfo('x', ['batch', 3])],
  outputs: [floatInfo('y', ['batch', 3])],
  nodes: [node('Relu', ['x'], ['y'])],
});
const order = { model: 'm', data: null, seeds: [1], batches: [1], climb: 0 } as const;

/** Runs of `without` take more memory than there is; there is no truth. */
function openWithout(...without: readonly string[]): Open {
  return async (name, way, path) => {
    const opened = await openWay(way, path);
    if (name === 'reference') {
      const failing = async (): Promise<never> => {
        throw new NascentError('runtime/failed', 'Pad "y" makes too many numbers to hold', { help: '' });
      };
      return { ...opened, run: failing, measure: failing };
    }
    if (!without.includes(name)) return opened;
    return {
      ...opened,
      run: async () => {
        throw new ProcessLost('runtime/failed', `${name} needs more than 3 GB of memory`, { help: '' });
      },
    };
  };
}

const compared = async (open: Open) =>
  compareSubject(
    { ...(await subject(model, model, ['onnxruntime-cpu', 'reference', 'tfjs-cpu'])), open },
    order,
    silentReporter,
    new AbortController().signal,
  );

it('has a row for each, with what it lacked or that it ran', async () => {
  const report = await compared(openWithout('onnxruntime-cpu unoptimised', 'onnxruntime-cpu basic'));
  expect(report.outcome).toBe('nothing compared');
  const said = new Map(report.pairs.map(({ name, failures }) => [name, failures]));
  expect(said.get('onnxruntime-cpu unoptimised')).toEqual([
    'onnxruntime-cpu unoptimised needs more than 3 GB of memory',
  ]);
  expect(said.get('onnxruntime-cpu basic')).toEqual(['onnxruntime-cpu basic needs more than 3 GB of memory']);
  expect(said.get('tfjs-cpu')).toEqual(['no input was compared']);
  expect(report.truth).toEqual({ inputs: 0, why: 'Pad "y" makes too many numbers to hold' });
  expect(() => requireParity(report)).toThrow(
    'nothing was compared for ' +
      report.model.path +
      ': onnxruntime-cpu unoptimised needs more than 3 GB of memory',
  );
});

it('compares as ever where the stand-in runs', async () => {
  const report = await compared(openWithout('onnxruntime-cpu basic'));
  expect(report.outcome).toBe('failed');
  const failed = report.pairs.filter(({ failures }) => failures.length > 0);
  expect(failed.map(({ name }) => name)).toEqual(['onnxruntime-cpu basic']);
});
