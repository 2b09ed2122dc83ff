/** A runtime that does not outlive being asked for every value: fewer are asked for, or it is told, and the rest stands. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

import { decodeModel } from '../../proto/onnx.ts';
import { NascentError } from '../../src/errors.ts';
import { parityHtml } from '../../src/report/parity-page.ts';
import { compareSubject, otherFile } from '../../src/parity/parity.ts';
import { ProcessLost } from '../../src/parity/processes/spawn.ts';
import { renderParity } from '../../src/parity/render-parity.ts';
import { openWay, type Open } from '../../src/parity/ways.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { floatInfo, floats, modelOf, node } from '../exporters/onnx/models.ts';
import { subject, written } from './models.ts';

const steps = 12;

/** Twelve sums, one after the other; the eighth of another number where that is said. */
function chain(eighth = 1) {
  return modelOf({
    inputs: [floatInfo('x', ['batch', 3])],
    initializers: [floats('one', [3], [1, 2, 3]), floats('eighth', [3], [eighth, 2, 3])],
    nodes: Array.from({ length: steps }, (_, i) =>
      node(
        'Add',
        [i === 0 ? 'x' : `v${i - 1}`, i === 8 ? 'eighth' : 'one'],
        [i === steps - 1 ? 'y' : `v${i}`],
        [],
        { name: `sum${i}` },
      ),
    ),
    outputs: [floatInfo('y', ['batch', 3])],
  });
}

/** Where all of `together` are outputs of what `isHit`, its process is gone. */
function crashing(together: readonly string[], isHit: (name: string) => boolean, opens = false): Open {
  return async (name, way, model) => {
    const { graph } = decodeModel(await readFile(model.path));
    const outputs = new Set(graph.outputs.map((output) => output.name));
    const crash = () =>
      new ProcessLost('runtime/failed', `the ${name} process crashed in native code (SIGSEGV)`, { help: '' });
    const isGone = isHit(name) && together.every((value) => outputs.has(value));
    if (isGone && opens) throw crash();
    const opened = await openWay(way, model);
    if (!isGone) return opened;
    return {
      ...opened,
      run: async () => {
        throw crash();
      },
      measure: async () => {
        throw crash();
      },
    };
  };
}

const order = { model: 'a.onnx', data: null, seeds: [1], batches: [1], climb: 0 } as const;
const signal = new AbortController().signal;

async function twoFiles(open: Open) {
  const first = await subject(chain());
  const other = await otherFile(first.file, await written(chain(1.5)));
  return compareSubject({ ...first, other, open }, { ...order, bisect: true }, silentReporter, signal);
}

const isRuntime = (name: string) => name.startsWith('onnxruntime');

describe('two files', () => {
  it.each([
    ['when it is run', false],
    ['when it is opened', true],
  ])('part where they do, where one value ends a runtime %s', async (_, opens) => {
    const report = await twoFiles(crashing(['v3'], isRuntime, opens));
    expect(report.outcome).toBe('failed');
    expect(report.bisectFiles?.place).toMatchObject({ node: 'sum8', value: 'v8' });
    expect(report.layers?.[0]?.first?.value).toBe('v8');
    const values = report.layers?.[0]?.layers.map(({ value }) => value) ?? [];
    expect(values).toHaveLength(steps - 1);
    expect(values).not.toContain('v3');
    const said =
      'the onnxruntime-cpu process crashed in native code (SIGSEGV) with every value asked for; ' +
      'it was asked for fewer at once, without 1 value that it did not give then either';
    expect(report.fewer).toContain(said);
    expect(renderParity(report).replaceAll(/\s+/g, ' ')).toContain(`note ${said}`);
    expect(parityHtml(report)).toContain('without 1 value that');
  });

  it('part where they do, where several values at once do', async () => {
    const report = await twoFiles(crashing(['v1', 'v9'], isRuntime));
    expect(report.bisectFiles?.place).toMatchObject({ node: 'sum8', value: 'v8' });
    expect(report.layers?.[0]?.layers).toHaveLength(steps);
    expect(report.fewer?.[0]).toMatch(/; it was asked for fewer at once$/);
  });

  it('are compared all the same where nothing gives any value, and why is told', async () => {
    const open = crashing([], isRuntime);
    const report = await twoFiles(async (name, way, model, stop) => {
      const { graph } = decodeModel(await readFile(model.path));
      return graph.outputs.length > 1 ? open(name, way, model, stop) : openWay(way, model);
    });
    expect(report.outcome).toBe('failed');
    expect(report.pairs[0]?.failures[0]).toMatch(/^off by 5\.0e-1/);
    const crash = 'the onnxruntime-cpu process crashed in native code (SIGSEGV)';
    expect(report.bisectFiles).toMatchObject({
      place: null,
      error: `values in between are not known: ${crash}`,
    });
    expect(report.layers).toMatchObject([{ layers: [], error: crash }]);
    const text = renderParity(report).replaceAll(/\s+/g, ' ');
    expect(text).toContain(
      `parts onnxruntime-cpu, on zeros, batch 1: values in between are not known: ${crash}`,
    );
    expect(text).toContain('failed: ');
  });
});

it('one file is compared all the same where nobody gives its values', async () => {
  const given = await subject(chain(), chain(1.5), ['onnxruntime-cpu', 'reference']);
  const open: Open = async (name, way, model, stop) => {
    const { graph } = decodeModel(await readFile(model.path));
    return graph.outputs.length > 1 ? crashing([], () => true)(name, way, model, stop) : openWay(way, model);
  };
  const asked = { ...order, bisect: 'nowhere', layers: true };
  const report = await compareSubject({ ...given, open }, asked, silentReporter, signal);
  expect(report.outcome).toBe('failed');
  const why = /^values in between are not known: the .* process crashed in native code \(SIGSEGV\)$/;
  expect(report.bisect).toMatchObject({ found: null, error: expect.stringMatching(why) as string });
  expect(report.layers?.length).toBeGreaterThan(0);
  for (const { layers, error } of report.layers ?? []) {
    expect(layers).toEqual([]);
    expect(error).toMatch(why);
  }
  expect(renderParity(report).replaceAll(/\s+/g, ' ')).toMatch(
    /bisect onnxruntime-cpu.*, on zeros, batch 1: values in between are not known: /,
  );
  expect(parityHtml(report)).toContain('values in between are not known');
});

it('what is no crash is not asked for again', async () => {
  let opened = 0;
  const report = await twoFiles(async (_, way, model) => {
    const one = await openWay(way, model);
    const { graph } = decodeModel(await readFile(model.path));
    if (graph.outputs.length === 1 || way.what !== 'file') return one;
    opened += 1;
    const run = async (): Promise<never> => {
      throw new NascentError('runtime/failed', 'there is no kernel', { help: '' });
    };
    return { ...one, run };
  });
  expect(report.layers).toMatchObject([{ error: 'there is no kernel' }]);
  expect(report.fewer).toBeUndefined();
  // Of the first file and the other, for the layers and for the place.
  expect(opened).toBeLessThanOrEqual(4);
});
