import { describe, expect, it } from 'vitest';

import { encodeModel, type OnnxModel } from '../../proto/onnx.ts';
import { NascentError } from '../../src/errors.ts';
import type { Check } from '../../src/run/events.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { runtimeNames, runtimes } from '../../src/runtime/registry.ts';
import type { RuntimeName } from '../../src/runtime/runtime.ts';
import { compareSubject, parity } from '../../src/parity/parity.ts';
import { requireParity } from '../../src/parity/parity-report.ts';
import { renderParity } from '../../src/parity/render-parity.ts';
import { floatInfo, ints, modelOf, node } from '../exporters/onnx/models.ts';
import { network, ready, subject, syntheticMetadata, written } from './models.ts';

const signal = new AbortController().signal;
const { model: small } = network(8);
const quick = { model: 'model.onnx', seeds: [1], batches: [1, 3] } as const;

describe('a file on this machine', () => {
  it('does the same in every runtime that is ready, on seeded and on real inputs', async () => {
    const { model } = network(32, await syntheticMetadata());
    const path = await written(model);
    const report = await parity({ model: path, images: 130, slowSeconds: 2 }, silentReporter, signal);
    expect(report.outcome).toBe('passed');
    expect(report.real).toEqual({ dataset: 'synthetic', images: 130 });
    const names = report.pairs.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['onnxruntime-cpu unoptimised', 'onnxruntime-cpu', 'tfjs-cpu']),
    );
    // Denormals are compared where the machine had the time for their truth.
    const seededInputs = report.seeded.kinds?.includes('denormals') === true ? 37 : 36;
    for (const pair of report.pairs) {
      const slow = pair.runtime === 'tfjs-cpu';
      expect(pair.top1Real).toEqual({
        agreed: pair.realImages,
        total: pair.realImages,
        firstDifferent: null,
      });
      expect(pair.realImages).toBeGreaterThan(0);
      if (!slow) expect(pair).toMatchObject({ realImages: 130, seededInputs, note: null });
      else {
        const note = new RegExp(`^slow: \\d+ of 130 real images and \\d+ of ${seededInputs} seeded inputs$`);
        expect(pair.note).toMatch(note);
      }
    }
    const ready = new Set(report.pairs.map(({ runtime }) => runtime));
    for (const { runtime } of report.unavailable) expect(ready.has(runtime)).toBe(false);
    // The reference is what they are held to, and some are compared only for who asks for them.
    const always = runtimeNames.filter((name) => runtimes[name].asked === 'always');
    expect(ready.size + report.unavailable.length).toBe(always.length - 1);
    expect(report.baseline.name).toBe('reference');
    expect(report.truth.inputs).toBeGreaterThan(0);
    // It is written to parity.json and sent between processes.
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(
      renderParity(report)
        .split('\n')
        .filter((line) => line.length > 100 && !line.includes(path)),
    ).toEqual([]);
    // Each runtime is a process, one after the other.
  }, 180_000);
});

describe('inputs', () => {
  it('are of the batch that a model is fixed to, the last one of images filled up', async () => {
    const { model } = network(32, await syntheticMetadata());
    const fixed = fixedTo(4, model);
    const report = await compareSubject(
      await subject(fixed),
      { ...quick, images: 6, slowSeconds: 60 },
      silentReporter,
      signal,
    );
    expect(report).toMatchObject({
      outcome: 'passed',
      seeded: { batches: [4], kinds: ['zeros', 'ones', 'extremes', 'denormals'] },
      real: { images: 6 },
    });
    for (const pair of report.pairs) {
      expect(pair).toMatchObject({ seededInputs: 20, realImages: 6, top1Real: { agreed: 6, total: 6 } });
    }
  });

  it('are seeded only, with the reason, where the model does not say what it was made for', async () => {
    const notes: string[] = [];
    const reporter = { ...silentReporter, note: (text: string) => void notes.push(text) };
    const report = await compareSubject(await subject(small), quick, reporter, signal);
    expect(report).toMatchObject({ outcome: 'passed', real: { dataset: null, images: 0 } });
    expect(notes[0]).toContain('the model does not say what data it was made for');
    expect(renderParity(report)).toContain('no real images: the model does not say');
  });

  it('are refused where the model does not fit the data that was asked for', async () => {
    const check = compareSubject(
      await subject(small),
      { ...quick, data: 'synthetic' },
      silentReporter,
      signal,
    );
    await expect(check).rejects.toMatchObject({ code: 'input/invalid' });
    await expect(check).rejects.toThrow('takes images of 3×8×8, and synthetic has images of 3×32×32');
  });
});

describe('runtimes', () => {
  const here: readonly RuntimeName[] = ['onnxruntime-cpu', 'reference'];

  it('that were named are compared, no others', async () => {
    const order = { ...quick, runtimes: ['reference'] as RuntimeName[] };
    const report = await compareSubject(await subject(small), order, silentReporter, signal);
    expect(report.pairs.map(({ name }) => name)).toEqual([
      'onnxruntime-cpu unoptimised',
      'onnxruntime-cpu basic',
      'onnxruntime-cpu extended',
      'onnxruntime-cpu',
    ]);
    expect(report.baseline.name).toBe('reference');
  });

  it('that were named and are not ready are an error, with their reason', async () => {
    const missing = {
      name: 'onnxruntime-cuda',
      version: '',
      device: '',
      status: 'unavailable',
      reason: 'there is no card',
      fix: 'Buy one.',
    } as const;
    const probed = [...here.map(ready), missing];
    const given = { ...(await subject(small)), probed };
    const order = { ...quick, runtimes: ['onnxruntime-cuda'] as RuntimeName[] };
    await expect(compareSubject(given, order, silentReporter, signal)).rejects.toMatchObject({
      code: 'runtime/unavailable',
      message: 'onnxruntime-cuda cannot be compared: there is no card',
      help: 'Buy one.',
    });
    const report = await compareSubject(given, quick, silentReporter, signal);
    expect(report.unavailable).toEqual([
      { runtime: 'onnxruntime-cuda', reason: 'there is no card', fix: 'Buy one.' },
    ]);
  });

  it('that cannot run the model are pairs that failed', async () => {
    // Said to be ready, and not.
    const given = await subject(small, small, ['onnxruntime-cpu', 'onnxruntime-cuda']);
    const order = { ...quick, runtimes: ['onnxruntime-cuda'] as RuntimeName[] };
    const report = await compareSubject(given, order, silentReporter, signal);
    if (report.outcome === 'passed') return; // A machine with a card, and all that it needs.
    expect(report.outcome).toBe('nothing compared');
    expect(report.pairs[0]?.failures[0]).toContain('cuda');
    expect(() => requireParity(report)).toThrow(/nothing was compared for .*onnxruntime-cuda/);
  });

  it('are told as a table that fills: waiting, running, then what came of them', async () => {
    const checks: Check[] = [];
    const reporter = { ...silentReporter, check: (check: Check) => void checks.push(check) };
    const missing = {
      ...ready('onnxruntime-webgpu'),
      status: 'unavailable',
      reason: 'no card',
      fix: '',
    } as const;
    const given = { ...(await subject(small)), probed: [...here.map(ready), missing] };
    await compareSubject(given, { ...quick, data: null }, reporter, signal);
    const outcomes = (row: string, column: string) =>
      checks.filter((check) => check.row === row && check.column === column).map(({ outcome }) => outcome);
    for (const row of ['onnxruntime-cpu unoptimised', 'onnxruntime-cpu basic', 'onnxruntime-cpu']) {
      expect(outcomes(row, 'seeded inputs')).toEqual(['waiting', 'running', 'passed']);
      expect(outcomes(row, 'real inputs')).toEqual(['waiting', 'skipped']);
      expect(outcomes(row, 'nearest to allowed')).toEqual(['waiting', 'passed']);
    }
    expect(checks.filter(({ row }) => row === missing.name)).toMatchObject([
      { outcome: 'skipped', text: 'not ready: no card' },
    ]);
  });

  it('that stop half-way fail where they were', async () => {
    const checks: Check[] = [];
    const reporter = { ...silentReporter, check: (check: Check) => void checks.push(check) };
    const given = await subject(small, small, ['onnxruntime-cpu', 'onnxruntime-cuda']);
    const order = { ...quick, data: null, runtimes: ['onnxruntime-cuda'] as RuntimeName[] };
    const report = await compareSubject(given, order, reporter, signal);
    if (report.outcome === 'passed') return; // A machine with a card, and all that it needs.
    const last = Object.fromEntries(checks.map(({ column, outcome }) => [column, outcome]));
    expect(last).toEqual({
      'seeded inputs': 'failed',
      'real inputs': 'skipped',
      'nearest to allowed': 'failed',
    });
    expect(checks.find(({ text }) => text === 'it could not run')?.column).toBe('seeded inputs');
  });

  it('stop when they are told to', async () => {
    const stopping = new AbortController();
    const reporter = {
      ...silentReporter,
      stage: (_: string, title: string) => {
        if (title.startsWith('onnxruntime-cpu basic')) stopping.abort(new Error('enough'));
      },
    };
    const check = compareSubject(await subject(small), quick, reporter, stopping.signal);
    await expect(check).rejects.toThrow('enough');
  });
});

describe('a file that is no model', () => {
  const bytes = encodeModel(small);
  const refused = async (path: string) =>
    parity({ model: path }, silentReporter, signal).then(
      () => undefined,
      (error: unknown) => (error instanceof NascentError ? error.code : error),
    );

  it('is refused', async () => {
    expect(await refused(await written(Buffer.from('# not a model\n')))).toBe('onnx/invalid');
    expect(await refused(await written(new Uint8Array()))).toBe('onnx/invalid');
    expect(await refused(await written(bytes.subarray(0, bytes.length / 2)))).toBe('onnx/invalid');
    expect(await refused('no/such/model.onnx')).toBe('data/missing');
    expect(await refused('test')).toBe('input/invalid');
  });

  /** The model with another op in place of its ReLUs, of an operator set that is not ONNX's own. */
  const withOp = async (op: string, domain: string) => {
    const nodes = small.graph.nodes.map((node) =>
      node.opType === 'Relu' ? { ...node, opType: op, domain } : node,
    );
    const opsets = [...small.opsets, { domain, version: 1 }];
    return written({ ...small, opsets, graph: { ...small.graph, nodes } });
  };

  it('is refused where no runtime has an op that it uses', async () => {
    expect(await refused(await withOp('NoSuchOp', 'com.example'))).toBe('onnx/unsupported');
  });

  it('is compared all the same where onnxruntime alone has its ops, which are listed', async () => {
    const path = await withOp('SampleOp', 'com.microsoft');
    const report = await parity({ ...quick, model: path }, silentReporter, signal);
    const relus = small.graph.nodes.filter(({ opType }) => opType === 'Relu').length;
    expect(report.unread?.missing).toEqual([{ op: 'com.microsoft.SampleOp', count: relus }]);
    expect(report.outcome).toBe('passed');
    expect(report.pairs.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['onnxruntime-cpu basic', 'onnxruntime-cpu extended', 'onnxruntime-cpu']),
    );
    expect(report.pairs.every(({ runs }) => runs === 'the file')).toBe(true);
    expect(renderParity(report)).toContain(`the op com.microsoft.SampleOp (${relus}) cannot be read here`);
    expect(report).toMatchObject({ baseline: { name: 'onnxruntime-cpu unoptimised' }, truth: { inputs: 0 } });
  });

  it('fails a named runtime that runs only graphs where there is none, and compares the others', async () => {
    const path = await withOp('SampleOp', 'com.microsoft');
    const runtimes: readonly RuntimeName[] = ['onnxruntime-cpu', 'tfjs-cpu'];
    const report = await parity({ ...quick, model: path, runtimes }, silentReporter, signal);
    expect(report.outcome).toBe('failed');
    const failed = report.pairs.filter(({ failures }) => failures.length > 0);
    expect(failed.map(({ name }) => name)).toEqual(['tfjs-cpu']);
    expect(failed[0]?.failures[0]).toContain('cannot be read as a graph');
  });

  it('is not compared for extents that it does not have', async () => {
    const path = await written(
      modelOf({
        inputs: [floatInfo('x', ['batch', 'past len', undefined])],
        nodes: [node('Neg', ['x'], ['y'])],
        outputs: [floatInfo('y', ['batch', 'past len', undefined])],
      }),
    );
    const given = { ...quick, model: path, extents: { seq: 20 } };
    await expect(parity(given, silentReporter, signal)).rejects.toMatchObject({
      code: 'input/unknown',
      message: 'no input of the model has an extent "seq"',
      help: 'Open are batch, past len, x.2.',
    });
  });

  it('that takes other extents than are usual is drawn with those that it takes, which is said', async () => {
    const parts = { name: 'parts', dtype: 'int64', dims: [2], data: BigInt64Array.of(-1n, 7n) } as const;
    const path = await written(
      modelOf({
        inputs: [floatInfo('x', ['batch', 'time'])],
        initializers: [parts],
        nodes: [node('Reshape', ['x', 'parts'], ['y'])],
        outputs: [floatInfo('y', ['rows', 7])],
      }),
    );
    const alone = { ...quick, model: path, runtimes: ['onnxruntime-cpu'], climb: 0 } as const;
    const report = await parity(alone, silentReporter, signal);
    expect(report.outcome).toBe('passed');
    expect(report.seeded.extents).toEqual([{ name: 'time', drawn: [7], follows: '7' }]);
    expect(renderParity(report)).toContain('the file leaves open: time as 7, with which it can be read');
    const given = { ...alone, extents: { time: 5 } };
    await expect(parity(given, silentReporter, signal)).rejects.toThrow('5 elements do not fill it');
  });

  it('is told with the reason of each thing that is not read, attributes beside ops', async () => {
    const path = await written(
      modelOf(
        {
          inputs: [floatInfo('x', [1, 2, 4, 4])],
          nodes: [
            node('SampleOp', ['x'], ['y'], [], { domain: 'com.microsoft' }),
            node(
              'MaxPool',
              ['x'],
              ['z', 'at'],
              [
                { kind: 'ints', name: 'kernel_shape', value: [2, 2] },
                { kind: 'ints', name: 'dilations', value: [2, 2] },
              ],
            ),
          ],
          outputs: [floatInfo('y', [1, 2, 4, 4]), floatInfo('z', [1, 2, 2, 2])],
        },
        {
          opsets: [
            { domain: '', version: 17 },
            { domain: 'com.microsoft', version: 1 },
          ],
        },
      ),
    );
    const notes: string[] = [];
    const reporter = { ...silentReporter, note: (text: string) => void notes.push(text) };
    const report = await parity({ ...quick, model: path }, reporter, signal);
    expect(report.outcome).toBe('passed');
    const problems = [
      'SampleOp that makes "y": there is no op SampleOp of the operator set "com.microsoft" here',
      'MaxPool that makes "z" gives positions, of a window that is not plain',
    ];
    expect(report.unread?.problems).toEqual(problems);
    expect(notes).toContain(
      'the op com.microsoft.SampleOp cannot be read here, so only onnxruntime runs it: ' +
        problems.join('; '),
    );
  });
});

it('a model whose outputs are empty says that, and what to do, as the reason why nothing was compared', async () => {
  const model = modelOf({
    inputs: [floatInfo('x', [2, 3])],
    nodes: [
      node('Slice', ['x', 'end', 'end', 'axis'], ['y']),
      node('Slice', ['x', 'end', 'end', 'axis'], ['s']),
      node('Relu', ['s'], ['z']),
    ],
    initializers: [ints('end', [3]), ints('axis', [1])],
    outputs: [floatInfo('y', [2, 0]), floatInfo('z', [2, 0])],
  });
  const report = await compareSubject(await subject(model), quick, silentReporter, signal);
  expect(report.outcome).toBe('nothing compared');
  for (const { failures } of report.pairs) {
    expect(failures).toEqual(['every output is empty (y, z): nothing was compared']);
  }
  expect(renderParity(report)).toContain('every output is empty (y, z): nothing was compared');
  expect(() => requireParity(report)).toThrow(
    expect.objectContaining({
      help: 'Give inputs for which an output holds values (--inputs), or other extents (--extent name=n).',
    }),
  );
});

function fixedTo(batch: number, model: OnnxModel): OnnxModel {
  const { graph } = model;
  const fix = (info: OnnxModel['graph']['inputs'][number]) =>
    info.type.kind === 'tensor' && info.type.shape?.[0] === 'batch'
      ? { ...info, type: { ...info.type, shape: [batch, ...info.type.shape.slice(1)] } }
      : info;
  return {
    ...model,
    graph: {
      ...graph,
      inputs: graph.inputs.map(fix),
      outputs: graph.outputs.map(fix),
      valueInfo: graph.valueInfo.map(fix),
    },
  };
}
