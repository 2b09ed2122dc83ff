/** What it costs that runtimes work out in float32 where, between which elements, they interpolate. */
import { describe, expect, it } from 'vitest';

import { compareSubject } from '../../src/parity/parity.ts';
import { openWay } from '../../src/parity/ways.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import type { OnnxAttribute, OnnxModel } from '../../proto/onnx.ts';
import { floatInfo, ints, modelOf, node } from '../exporters/onnx/models.ts';
import { subject, written } from './models.ts';

const signal = new AbortController().signal;
const float = Math.fround;
const [size, wanted] = [28, 75];

function resize(mode: string, transform: string, across = 1): OnnxModel {
  const attributes: readonly OnnxAttribute[] = [
    { kind: 'string', name: 'mode', value: mode },
    { kind: 'string', name: 'coordinate_transformation_mode', value: transform },
  ];
  return modelOf({
    inputs: [floatInfo('x', [1, 1, across, size])],
    outputs: [floatInfo('y', [1, 1, across, wanted])],
    initializers: [ints('sizes', [1, 1, across, wanted])],
    nodes: [node('Resize', ['x', '', '', 'sizes'], ['y'], attributes)],
  });
}

/** The spread of an output, on numbers that go up by one from element to element: what is read is the place itself. */
async function spreadOnRamp(model: OnnxModel, shape: readonly number[], data: readonly number[]) {
  const opened = await openWay({ what: 'truth' }, { path: await written(model) });
  const fed = { dtype: 'float32', shape, data: Float32Array.from(data) } as const;
  const measured = await opened.measure?.(new Map([['x', fed]]));
  return measured?.spreads.get('y')?.largest ?? NaN;
}

const ramp = Array.from({ length: size }, (_, i) => i);

/** How far places of float32 are off, each clamped to the image. */
function farthest(exact: (i: number) => number, ways: readonly ((i: number) => number)[]): number {
  const inside = (place: number) => Math.min(Math.max(place, 0), size - 1);
  const places = Array.from({ length: wanted }, (_, i) => i);
  return Math.max(...ways.flatMap((way) => places.map((i) => Math.abs(inside(way(i)) - inside(exact(i))))));
}

describe('places between elements', () => {
  it('cost what coordinates of float32 are off, by the scale and by its inverse', async () => {
    const scale = float(wanted / size);
    const off = farthest(
      (i) => ((i + 0.5) * size) / wanted - 0.5,
      [(i) => float(float((i + 0.5) / scale) - 0.5), (i) => float(float((i + 0.5) * float(1 / scale)) - 0.5)],
    );
    const measured = await spreadOnRamp(resize('linear', 'half_pixel'), [1, 1, 1, size], ramp);
    expect(off).toBeGreaterThan(5e-7);
    // Both are in double precision but for the places.
    expect(measured).toBeGreaterThanOrEqual(off * (1 - 1e-9));
    expect(measured).toBeLessThan(8 * off);
    const aligned = await spreadOnRamp(resize('linear', 'align_corners'), [1, 1, 1, size], ramp);
    expect(aligned).toBeGreaterThanOrEqual(
      farthest((i) => (i * (size - 1)) / (wanted - 1), [(i) => float(i * float((size - 1) / (wanted - 1)))]),
    );
  });

  it('cost nothing where the nearest element is taken', async () => {
    expect(await spreadOnRamp(resize('nearest', 'half_pixel'), [1, 1, 1, size], ramp)).toBe(0);
  });

  it('cost the same in a grid that is worked out while the file is read', async () => {
    const count = 29;
    const grid = modelOf(
      {
        inputs: [floatInfo('x', [1, 2, 3])],
        outputs: [floatInfo('y', [1, 1, count, 2])],
        initializers: [ints('size', [1, 1, 1, count])],
        nodes: [node('AffineGrid', ['x', 'size'], ['y'])],
      },
      { opsets: [{ domain: '', version: 20 }] },
    );
    // The places themselves.
    const spread = await spreadOnRamp(grid, [1, 2, 3], [1, 0, 0, 0, 1, 0]);
    const off = Math.max(
      ...Array.from({ length: count }, (_, i) =>
        Math.abs(float((2 * i + 1) * float(1 / count)) - 1 - ((2 * i + 1) / count - 1)),
      ),
    );
    expect(spread).toBeGreaterThanOrEqual(off * (1 - 1e-9));
  });

  it.each(['half_pixel', 'align_corners'])(
    'are allowed for, and other ones are not: %s',
    async (transform) => {
      const order = { model: 'm', data: null, seeds: [1, 2, 3], batches: [1], climb: 0 } as const;
      const other = transform === 'half_pixel' ? 'align_corners' : 'half_pixel';
      const compared = async (file: OnnxModel, graph: OnnxModel) => {
        const given = await subject(file, graph, ['onnxruntime-cpu', 'reference']);
        return (await compareSubject(given, order, silentReporter, signal)).outcome;
      };
      const model = resize('linear', transform, size);
      expect(await compared(model, model)).toBe('passed');
      expect(await compared(resize('linear', other, size), model)).toBe('failed');
    },
  );
});
