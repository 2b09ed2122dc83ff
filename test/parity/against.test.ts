/** What runtimes are measured against: the truth, one of them, or outputs that were stored. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { compareFiles } from '../../src/parity/compare-runtimes.ts';
import { compareSubject } from '../../src/parity/parity.ts';
import { requireParity, type ParityReport } from '../../src/parity/parity-report.ts';
import { renderParity } from '../../src/parity/render-parity.ts';
import { openWay } from '../../src/parity/ways.ts';
import type { ParityOrder } from '../../src/parity/order.ts';
import { Random } from '../../src/random.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { tensorOf } from '../../src/tensors/numbers.ts';
import { writeTensorFile } from '../../src/tensors/tensor-file.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { network, subject, withTensor } from './models.ts';

const { model } = network(8);
const order = { model: 'm', data: null, seeds: [1], batches: [1], climb: 0 } as const;
const signal = new AbortController().signal;
const broken = withTensor(model, 'classifier.weight', (values) => values.map((value) => 1.01 * value));

async function compared(more: Partial<ParityOrder>, graph = model): Promise<ParityReport> {
  return compareSubject(await subject(model, graph), { ...order, ...more }, silentReporter, signal);
}

describe('--against a runtime', () => {
  it('measures the others, the truth among them, and agrees where they agree', async () => {
    const report = await compared({ against: 'onnxruntime-cpu', layers: true });
    expect(report).toMatchObject({
      outcome: 'passed',
      against: 'runtime',
      baseline: { name: 'onnxruntime-cpu' },
    });
    expect(report.pairs.map(({ name }) => name)).toEqual([
      'onnxruntime-cpu unoptimised',
      'onnxruntime-cpu basic',
      'onnxruntime-cpu extended',
      'reference',
    ]);
    for (const { first, error } of report.layers ?? []) expect([first, error]).toEqual([null, null]);
    expect(renderParity(report).replaceAll(/\s+/g, ' ')).toContain('may be off by as much');
  });

  it('blames whoever is not as that runtime is: here the graph that was read wrong', async () => {
    const report = await compared({ against: 'onnxruntime-cpu' }, broken);
    const failed = report.pairs.filter(({ failures }) => failures.length > 0);
    expect(failed.map(({ name }) => name)).toEqual(['reference']);
  });
});

/** Files of the inputs and outputs of the model, as it gives them. */
async function stored(format: 'pb' | 'npy', change: (value: number) => number = (value) => value) {
  const folder = await temporaryFolder();
  const random = new Random(3);
  const x = Float32Array.from({ length: 2 * 3 * 64 }, () => random.normal());
  const { file } = await subject(model);
  const opened = await openWay({ what: 'truth' }, { path: file.path });
  const name = model.graph.inputs[0]?.name ?? '';
  const y = (await opened.run(new Map([[name, { dtype: 'float32', shape: [2, 3, 8, 8], data: x }]]))).get(
    'logits',
  );
  const [input, output] = [join(folder, `input_0.${format}`), join(folder, `output_0.${format}`)];
  await writeTensorFile(input, tensorOf('', 'float32', [2, 3, 8, 8], x), format);
  await writeTensorFile(output, tensorOf('', 'float32', [2, 10], Array.from(y?.data ?? [], change)), format);
  return { inputs: [{ file: input }], expected: [{ file: output }] };
}

describe('stored inputs', () => {
  it.each(['pb', 'npy'] as const)('are given instead of what is drawn: .%s', async (format) => {
    const { inputs } = await stored(format);
    const report = await compared({ inputs });
    expect(report).toMatchObject({ outcome: 'passed', baseline: { name: 'reference' } });
    for (const pair of report.pairs) expect(pair).toMatchObject({ seededInputs: 2, elements: 20 });
    expect(renderParity(report)).toContain('stored: ');
  });

  it('are refused where they are none of the model’s', async () => {
    const { inputs, expected } = await stored('pb');
    const refused = async (more: Partial<ParityOrder>) => {
      const error: unknown = await compared(more).catch((cause: unknown) => cause);
      return error instanceof Error ? error.message : 'it was taken';
    };
    expect(await refused({ inputs: expected })).toContain('and the input "image" is float32[batch, 3, 8, 8]');
    expect(await refused({ inputs: [...inputs, ...inputs] })).toContain(
      '2 inputs are given, and the model takes 1',
    );
    expect(await refused({ inputs: [{ name: 'z', file: 'a.pb' }] })).toContain('no input "z"');
    expect(await refused({ inputs: [{ file: 'none.pb' }] })).toContain('there is no tensor none.pb');
    expect(await refused({ expected })).toContain('and not the inputs that they are of');
    expect(await refused({ inputs, expected, against: 'reference' })).toContain('both outputs and a runtime');
    expect(await refused({ inputs, data: 'cifar10' })).toContain('both stored inputs and a dataset');
  });
});

describe('stored outputs', () => {
  it('are what all are measured against, double precision among them', async () => {
    const report = await compared(await stored('npy'));
    expect(report).toMatchObject({ outcome: 'passed', against: 'stored outputs' });
    expect(report.pairs.map(({ name }) => name)).toContain('reference');
  });

  it('are read before any runtime is tried: one that is none is refused at once', async () => {
    const { inputs } = await stored('pb');
    const probed = async () => {
      throw new Error('a runtime was tried');
    };
    const asked = { ...order, inputs, expected: [{ file: 'none.pb' }] };
    const comparing = compareSubject({ ...(await subject(model)), probed }, asked, silentReporter, signal);
    await expect(comparing).rejects.toThrow('there is no tensor none.pb');
  });

  it('fail all where they are something else', async () => {
    const report = await compared(await stored('npy', (value) => 1.001 * value));
    const error: unknown = await Promise.resolve(report)
      .then(requireParity)
      .catch((why: unknown) => why);
    // Whoever stored them did not read the file here: nothing is said of how that is done.
    expect(error).toMatchObject({
      message: expect.stringMatching(/ does not give the stored outputs with /) as string,
      help: expect.stringMatching(/^stored outputs may be at fault as well\./) as string,
    });
    expect(report.outcome).toBe('failed');
    for (const { failures } of report.pairs) expect(failures).toHaveLength(1);
  });
});

it('a second file that is left out is no comparison of the first alone', async () => {
  await expect(compareFiles('a.onnx', undefined as never)).rejects.toMatchObject({
    code: 'input/invalid',
    message: 'compareFiles takes the paths of two files, and was given undefined as the second',
  });
});
