/** Spectra, the windows that signals are looked at through, and bands of frequencies. */
import { describe, expect, it } from 'vitest';
import { f, i, outputOf, outputsOf } from './lowered.ts';

describe('spectra', () => {
  const signal = f([1, 5, 1], [1, 2, 0, -1, 3]);
  const close = (given: readonly number[], wanted: readonly number[]) => {
    expect(given).toHaveLength(wanted.length);
    given.forEach((value, k) => expect(value).toBeCloseTo(wanted[k] ?? NaN, 6));
  };

  it('a transform there and back is the signal, also by half a spectrum', async () => {
    for (const onesided of [0, 1]) {
      const there = await outputOf({ op: 'DFT', inputs: [signal], attributes: { axis: 1, onesided } });
      expect(there.shape).toEqual([1, onesided === 1 ? 3 : 5, 2]);
      const spectrum = f(there.shape, there.data);
      const back = await outputOf({
        op: 'DFT',
        opset: 20,
        inputs: [spectrum, { ...i(5), dims: [] }, { ...i(1), dims: [] }],
        constant: [1, 2],
        attributes: { inverse: 1, onesided },
      });
      const real = onesided === 1 ? back.data : back.data.filter((_, k) => k % 2 === 0);
      close(real, [1, 2, 0, -1, 3]);
    }
  });

  it('pieces of a signal are transformed apart', async () => {
    const y = await outputOf({
      op: 'STFT',
      inputs: [signal, i(1), undefined, i(2)],
      constant: [1, 3],
    });
    expect(y.shape).toEqual([1, 4, 2, 2]);
    const flat = f([1, 5], [1, 2, 0, -1, 3]);
    const same = await outputOf({ op: 'STFT', inputs: [flat, i(1), undefined, i(2)], constant: [1, 3] });
    expect(same).toEqual(y);
    // The sum of two neighbours, and their difference.
    close(y.data, [3, 0, -1, 0, 2, 0, 2, 0, -1, 0, 1, 0, 2, 0, -4, 0]);
  });

  it('are the same of chirps, but for what float32 leaves of their angles', async () => {
    const length = 400;
    const long = f(
      [1, length, 1],
      Array.from({ length }, (_, k) => Math.sin(k * k)),
    );
    const one = { op: 'DFT', inputs: [long], attributes: { axis: 1, onesided: 1 } };
    const [exact] = await outputsOf(one);
    const [turned] = await outputsOf(one, { chirps: true });
    const off = Math.max(
      ...(exact?.data.map((value, k) => Math.abs(value - (turned?.data[k] ?? NaN))) ?? []),
    );
    // Half a unit of an angle of 400·π is 6e-5, and 400 of them are added up.
    expect(off).toBeGreaterThan(1e-5);
    expect(off).toBeLessThan(400 * 3 * 6e-5);
    const short = { ...one, inputs: [f([1, 8, 1], [1, 2, 3, 4, 5, 6, 7, 8])] };
    // Of a power of two there is no need for them.
    expect((await outputsOf(short, { chirps: true }))[0]).toEqual((await outputsOf(short))[0]);
  });

  it.each([
    [0, 2, 'looks at 2 of 5 elements, in steps of 0'],
    [1, 6, 'looks at 6 of 5 elements, in steps of 1'],
  ])('refuses pieces %d apart of %d', async (step, length, message) => {
    const inputs = [signal, i(step), undefined, i(length)];
    await expect(outputOf({ op: 'STFT', inputs, constant: [1, 3] })).rejects.toThrow(message);
  });

  it('bands of frequencies as they are heard', async () => {
    const bands = await outputOf({
      op: 'MelWeightMatrix',
      inputs: [i(8), i(16), i(8192), f([], [0]), f([], [4096])].map((one) => ({ ...one, dims: [] })),
      constant: [0, 1, 2, 3, 4],
    });
    expect(bands.shape).toEqual([9, 8]);
    // ONNX's own example: where each band has its middle.
    const middles = [0, 0, 1, 1, 2, 3, 4, 5].map((row, band) => row * 8 + band);
    expect(bands.data).toEqual(Array.from({ length: 72 }, (_, at) => (middles.includes(at) ? 1 : 0)));
    const wide = { op: 'MelWeightMatrix', inputs: [i(2), i(64), i(64), f([], [0]), f([], [32])] };
    const { data } = await outputOf({
      ...wide,
      inputs: wide.inputs.map((one) => ({ ...one, dims: [] })),
      constant: [0, 1, 2, 3, 4],
    });
    // Edges at 0, 8, 16 and 24 of 33 rows, near enough: each band falls as far as the next rises.
    for (let row = 8; row <= 16; row++)
      expect((data[2 * row] ?? 0) + (data[2 * row + 1] ?? 0)).toBeCloseTo(1, 9);
  });

  it('a window', async () => {
    const hann = { op: 'HannWindow', inputs: [i(4)], constant: [0] };
    close((await outputOf(hann)).data, [0, 0.5, 1, 0.5]);
    close((await outputOf({ ...hann, inputs: [i(3)], attributes: { periodic: 0 } })).data, [0, 1, 0]);
  });
});
