/**
 * Every error code, and one way to come by it. Each row runs code of the program that throws, no error is made here; the
 * compiler asks for a row for every code. What an error says is tested beside what throws it.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportOnnx, toOnnxModel } from '../exporters/onnx/export.ts';
import { importOnnx } from '../exporters/onnx/import.ts';
import { knownName } from '../src/cli/input/options.ts';
import { getText } from '../src/data/text/get.ts';
import { exitCodes, NascentError, type ErrorCode, type ExitCode } from '../src/errors.ts';
import { assertSpace, writeFileWhole } from '../src/files/files.ts';
import { readTarGz } from '../src/files/tar.ts';
import { GraphBuilder } from '../src/graph/builder.ts';
import { floats } from '../src/graph/tensor.ts';
import { requireFiniteState } from '../src/learn/divergence.ts';
import { requireParity } from '../src/parity/parity-report.ts';
import { compareSubject } from '../src/parity/parity.ts';
import { askRun } from '../src/run/ask.ts';
import { spawnJob } from '../src/run/child.ts';
import { createRun, openRun } from '../src/run/directory.ts';
import { checkedOrder } from '../src/run/jobs.ts';
import { openMailbox } from '../src/run/mailbox.ts';
import { silentReporter } from '../src/run/reporter.ts';
import { trainedRun } from '../src/run/searched.ts';
import { createOnnxSessionFromFile } from '../src/runtime/onnxruntime/file.ts';
import { searchOrder } from '../src/search/order.ts';
import { setup } from '../src/setup/setup.ts';
import { checkCnnShape } from '../src/space/images/cnn.ts';
import { validateGenotype } from '../src/space/images/genotype.ts';
import { temporaryFolder } from './data/temporary.ts';
import { smallRelease } from './data/text/release.ts';
import { network, subject, withTensor } from './parity/models.ts';
import { newRun } from './support/runs.ts';

const signal = new AbortController().signal;

/** y = relu(x), as a graph. */
function relu() {
  const b = new GraphBuilder();
  return b.finish('relu', { y: b.op('Relu', [b.input('x', [2])]) });
}

/** Compares a model with itself, or with one of other weights, on the reference runtime. */
async function compared(other: boolean, runtimes: readonly 'reference'[], ready: readonly 'reference'[]) {
  const { model } = network(8);
  const graph = other ? withTensor(model, 'classifier.weight', (values) => values.fill(0)) : model;
  const given = await subject(model, graph, ['onnxruntime-cpu', ...ready]);
  const order = { model: 'model.onnx', data: null, seeds: [1], batches: [1], runtimes };
  return compareSubject(given, order, silentReporter, signal);
}

const nowhere = 'http://127.0.0.1:9/';

const provoked: { readonly [C in ErrorCode]: readonly [exit: ExitCode, () => unknown] } = {
  'graph/invalid-node': [
    exitCodes.badInput,
    () => {
      const b = new GraphBuilder();
      b.op('Add', [b.input('x', [2]), b.input('y', [3])]);
    },
  ],
  'graph/invalid': [
    exitCodes.badInput,
    () => {
      const b = new GraphBuilder();
      b.input('x', [2]);
      b.input('x', [3]);
    },
  ],
  'runtime/unavailable': [exitCodes.failed, () => compared(false, ['reference'], [])],
  'runtime/failed': [
    exitCodes.failed,
    async () => {
      const session = await createOnnxSessionFromFile(exportOnnx(relu()), 'cpu');
      try {
        await session.run(new Map([['x', floats([3], [1, 2, 3])]]));
      } finally {
        session.dispose();
      }
    },
  ],
  'onnx/invalid': [
    exitCodes.badInput,
    () => {
      const model = toOnnxModel(relu());
      return importOnnx({ ...model, graph: { ...model.graph, inputs: [] } });
    },
  ],
  'onnx/unsupported': [
    exitCodes.badInput,
    () => importOnnx({ ...toOnnxModel(relu()), opsets: [{ domain: '', version: 99 }] }),
  ],
  'data/missing': [exitCodes.badInput, async () => trainedRun((await newRun('search')).path)],
  'data/damaged': [
    exitCodes.badInput,
    async () => {
      const file = join(await temporaryFolder(), 'a.tar.gz');
      writeFileSync(file, 'no archive');
      await readTarGz(file, () => true);
    },
  ],
  'data/unreachable': [
    exitCodes.failed,
    async () =>
      getText(smallRelease({ kind: 'archive', url: `${nowhere}small.zip` }), {
        cache: await temporaryFolder(),
      }),
  ],
  'run/not-a-run': [exitCodes.badInput, async () => openRun(await temporaryFolder())],
  'run/exists': [
    exitCodes.badInput,
    async () => {
      const { path } = await newRun('train');
      await createRun(path, { kind: 'train', config: {}, seed: 0, engine: 'reference' });
    },
  ],
  'run/busy': [
    exitCodes.badInput,
    async () => {
      const run = await newRun('train');
      const lease = run.acquireLease();
      try {
        openRun(run.path).acquireLease();
      } finally {
        lease.release();
      }
    },
  ],
  'run/damaged': [
    exitCodes.badInput,
    async () => {
      const run = await newRun('train');
      writeFileSync(run.file('run.json'), '{');
      openRun(run.path);
    },
  ],
  'run/gone': [
    exitCodes.failed,
    async () => {
      const run = await newRun('train');
      rmSync(run.path, { recursive: true });
      run.appendMetrics({ kind: 'epoch', epoch: 0 });
    },
  ],
  'run/not-running': [
    exitCodes.badInput,
    async () => askRun(await newRun('train'), 'stop', { waitSeconds: 0.1 }),
  ],
  'run/unanswered': [
    exitCodes.failed,
    async () => {
      const run = await newRun('train');
      const lease = run.acquireLease();
      const mailbox = openMailbox(run.path, lease.token);
      try {
        await askRun(run, 'pause', { waitSeconds: 0.1 });
      } finally {
        mailbox.close();
        lease.release();
      }
    },
  ],
  'space/invalid-genotype': [exitCodes.badInput, () => validateGenotype({ normal: 3 })],
  'space/invalid': [
    exitCodes.badInput,
    () => checkCnnShape({ channels: 4, layers: 3, classes: 10, image: [3, 31, 31] }),
  ],
  'input/unknown': [exitCodes.badInput, () => knownName('preset', 'quik', ['quick'])],
  'input/invalid': [exitCodes.badInput, () => checkedOrder('search', searchOrder, {})],
  'setup/failed': [
    exitCodes.failed,
    async () => {
      // Without a network and without tools no way is left.
      const env = { PATH: '', TFJS_NODE_BASE_URI: `${nowhere}libtensorflow-` };
      await setup({ force: true, cache: await temporaryFolder(), env, log: () => {} });
    },
  ],
  'disk/full': [exitCodes.failed, async () => assertSpace(await temporaryFolder(), Number.MAX_SAFE_INTEGER)],
  'disk/failed': [
    exitCodes.failed,
    async () => {
      const file = join(await temporaryFolder(), 'a');
      writeFileSync(file, '');
      await writeFileWhole(join(file, 'b'), '');
    },
  ],
  'train/diverged': [
    exitCodes.failed,
    async () =>
      requireFiniteState(
        {
          meta: null,
          tensors: new Map([
            ['w', { dtype: 'float32', shape: [1], data: new Float32Array([Number.NaN]) } as const],
          ]),
        },
        await newRun('train'),
        3,
      ),
  ],
  'gate/failed': [
    exitCodes.gateFailed,
    async () => requireParity(await compared(true, ['reference'], ['reference'])),
  ],
  interrupted: [
    exitCodes.interrupted,
    () => {
      const worker = new URL('run/helpers/worker.ts', import.meta.url);
      return spawnJob({ job: 'search', arguments: {}, worker }, () => {}, { stop: AbortSignal.abort() });
    },
  ],
};

/** What is thrown, at once or later. */
async function thrownBy(provoke: () => unknown): Promise<unknown> {
  try {
    await provoke();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('an error code is come by', () => {
  it.each(Object.entries(provoked))('%s', async (code, [exitCode, provoke]) => {
    const error = await thrownBy(provoke);
    expect(error).toBeInstanceOf(NascentError);
    expect(error).toMatchObject({ code, exitCode });
    expect(error).toHaveProperty('help', expect.stringMatching(/\w{3}/));
  });
});
