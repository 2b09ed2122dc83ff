/** Runtimes that open model files in their own way, each on a small network, right and with a fault. */
import { describe, expect, it } from 'vitest';

import { GraphBuilder } from '../../src/graph/builder.ts';
import { toOnnxModel } from '../../exporters/onnx/export.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { compareSubject } from '../../src/parity/parity.ts';
import { pairOf } from '../../src/parity/pairs.ts';
import { openProcess } from '../../src/parity/processes/spawn.ts';
import { probeRuntimes } from '../../src/runtime/probe/probe.ts';
import { runtimeNames, runtimes, type RuntimeName } from '../../src/runtime/registry.ts';
import { network, ready, subject, withTensor, written } from './models.ts';

const signal = new AbortController().signal;

const named = runtimeNames.filter((name) => 'openFile' in runtimes[name].runs);
const probed = new Map((await probeRuntimes({ only: named })).map((report) => [report.name, report]));

describe.each<RuntimeName>(named)('%s', (name) => {
  const report = probed.get(name);
  const isThere = report?.status === 'ready';
  const tell = report?.status === 'unavailable' ? ` (not run: ${report.reason}; ${report.fix})` : '';

  it.skipIf(!isThere)(
    `agrees with the truth, and its fault is seen${tell}`,
    async () => {
      const { model } = network(16);
      const order = { model: 'model.onnx', data: null, seeds: [1], batches: [1], runtimes: [name], climb: 0 };
      const faulty = withTensor(model, 'classifier.weight', (values) =>
        values.map((v, i) => v * (i === 7 ? 2 : 1)),
      );
      for (const [given, outcome] of [
        [model, 'passed'],
        [faulty, 'failed'],
      ] as const) {
        const about = {
          ...(await subject(given, model, ['onnxruntime-cpu'])),
          probed: [ready('onnxruntime-cpu'), { ...ready(name), ...report }],
        };
        const { pairs } = await compareSubject(about, order, silentReporter, signal);
        const pair = pairs.find((one) => one.name === name);
        expect(pair?.runs).toBe('the file');
        expect(pair?.note ?? null).toBe(report?.status === 'ready' ? (report.note ?? null) : null);
        expect(pair?.seededInputs).toBeGreaterThan(0);
        expect(pair?.failures.length === 0 ? 'passed' : 'failed').toBe(outcome);
      }
    },
    240_000,
  );

  it.skipIf(!isThere)(
    `runs in a process with limits, and a wrong input is its own failure${tell}`,
    async () => {
      const b = new GraphBuilder();
      const graph = b.finish('positive', { y: b.op('Relu', [b.input('x', [1, 3])]) });
      const path = await written(toOnnxModel(graph, { weights: new Map() }));
      const limits = { seconds: 60, memory: 2 ** 33 };
      const opened = await openProcess(name, pairOf(name).way, { path }, limits, signal);
      const data = new Float32Array([-1, 0, 2]);
      const outputs = await opened.run(new Map([['x', { dtype: 'float32', shape: [1, 3], data }]]));
      // What is cut off may be −0.
      expect([...(outputs.get('y')?.data ?? [])].map((y) => y + 0)).toEqual([0, 0, 2]);
      await expect(opened.run(new Map([['z', { dtype: 'float32', shape: [1, 3], data }]]))).rejects.toThrow(
        /^(onnxruntime-web|OpenCV) failed to run/,
      );
      const late = openProcess(name, pairOf(name).way, { path }, { ...limits, seconds: 0.01 }, signal);
      await expect(late).rejects.toThrow(`${name} has not opened the model within 0.01 s`);
      opened.dispose();
      if (process.platform !== 'linux' || runtimes[name].where === 'here') return;
      // More than the process takes that tells the browser what to do, so that the browser is what is too much.
      const memory = 1.25 * (opened.peak?.() ?? Infinity);
      let peak = 0;
      const large = async () => {
        const other = await openProcess(name, pairOf(name).way, { path }, { ...limits, memory }, signal);
        for (const end = Date.now() + 20_000; Date.now() < end; peak = other.peak?.() ?? Infinity) {
          await other.run(new Map([['x', { dtype: 'float32', shape: [1, 3], data }]]));
        }
        other.dispose();
      };
      await expect(large()).rejects.toThrow(/^\S+ needs more than [\d.]+ GB of memory$/);
      expect(peak).toBeLessThan(memory);
    },
    120_000,
  );
});
