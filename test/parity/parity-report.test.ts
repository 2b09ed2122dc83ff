import { describe, expect, it } from 'vitest';

import { NascentError } from '../../src/errors.ts';
import { gateOf, gates } from '../../src/parity/gates.ts';
import {
  failuresOf,
  outcomeOf,
  requireParity,
  type PairReport,
  type ParityReport,
} from '../../src/parity/parity-report.ts';
import { renderParity } from '../../src/parity/render-parity.ts';

const agreeing: PairReport = {
  name: 'tfjs-node-gpu',
  runtime: 'tfjs-node-gpu',
  version: '4.22.0',
  device: 'cpu',
  runs: 'the graph read from it',
  gate: gates['tfjs-node-gpu'],
  elements: 10_330,
  largestAbsolute: 2.4e-6,
  largestRelative: 1.5e-3,
  p99: 7.5e-7,
  requiredAbsolute: 2.4e-6,
  worst: { at: 'test image 37', output: 'logits', index: 3, given: 1.25, expected: 1.2500024 },
  notFinite: 0,
  firstNotFinite: null,
  seededInputs: 33,
  seededOf: 33,
  realImages: 1000,
  realOf: 1000,
  top1Seeded: { agreed: 33, total: 33, firstDifferent: null },
  top1Real: { agreed: 1000, total: 1000, firstDifferent: null },
  realCorrect: 650,
  seconds: 1,
  note: null,
  failures: [],
};

const reference: PairReport = {
  ...agreeing,
  name: 'reference',
  runtime: 'reference',
  realImages: 64,
  top1Real: { agreed: 64, total: 64, firstDifferent: null },
  note: 'slow: 64 of 1000 real images and 33 of 33 seeded inputs',
};

function failing(pair: PairReport, change: Partial<PairReport>): PairReport {
  const changed = { ...pair, ...change };
  return { ...changed, failures: failuresOf(changed, undefined) };
}

const far = failing(agreeing, {
  largestAbsolute: 0.0213,
  requiredAbsolute: 0.0213,
  worst: { at: 'test image 37', output: 'logits', index: 3, given: 1.25, expected: 1.2713 },
  top1Real: { agreed: 997, total: 1000, firstDifferent: 'test image 105' },
});

function reportOf(pairs: readonly PairReport[]): ParityReport {
  return {
    model: { path: 'runs/a/model.onnx', bytes: 63_845, sha256: '0'.repeat(64) },
    baseline: { name: 'onnxruntime-cpu', version: '1.30.0', device: 'cpu' },
    seeded: { seeds: [1, 2, 3], batches: [1, 3, 7] },
    real: { dataset: 'cifar10', images: 1000 },
    pairs,
    unavailable: [{ runtime: 'onnxruntime-cuda', reason: 'no NVIDIA driver was found', fix: 'Install it.' }],
    seconds: 5.04,
    outcome: outcomeOf(pairs),
  };
}

function gateError(pairs: readonly PairReport[]): NascentError {
  try {
    requireParity(reportOf(pairs));
  } catch (error) {
    if (error instanceof NascentError) return error;
    throw error;
  }
  throw new Error('the report passed');
}

describe('a pair fails', () => {
  const failures = (change: Partial<PairReport>) => failing(agreeing, change).failures;

  it('by a difference over the gate, and not by one on it', () => {
    expect(failures({ requiredAbsolute: 1e-4 })).toEqual([]);
    expect(failures({ requiredAbsolute: 1.01e-4 })).toHaveLength(1);
  });

  it('by a single test image of another class', () => {
    expect(failures({ top1Real: { agreed: 999, total: 1000, firstDifferent: 'test image 5' } })).toEqual([
      'another class on 1 of 1000 test images, first test image 5',
    ]);
  });

  it('by one value that is not a number', () => {
    const firstNotFinite = { at: 'seed 1, batch 1, row 0', output: 'logits', index: 2 };
    expect(failures({ notFinite: 1, firstNotFinite })).toHaveLength(1);
  });

  it('where nothing was compared', () => {
    expect(failures({ elements: 0 })).toEqual(['nothing was compared']);
    expect(failuresOf({ ...agreeing, elements: 0 }, 'it broke')).toEqual(['it broke']);
  });
});

describe('the gate', () => {
  it('is the table, or the tolerance that was given and nothing relative', () => {
    expect(gateOf('onnxruntime-cuda')).toEqual({ absolute: 1e-4, relative: 1e-3, top1: 1 });
    expect(gateOf('onnxruntime-cuda', 0.01)).toEqual({ absolute: 0.01, relative: 0, top1: 1 });
  });
});

describe('what is told', () => {
  it('where all agree', () => {
    expect(renderParity(reportOf([agreeing, reference]))).toMatchInlineSnapshot(`
      "model     runs/a/model.onnx
                sha256 0000000000000000000000000000000000000000000000000000000000000000, 63,845 bytes
      baseline  onnxruntime-cpu 1.30.0, cpu
      inputs    33 seeded: seeds 1, 2, 3 by batches of 1, 3, 7
                1,000 test images of cifar10

            runtime        largest  relative    99 %  needed  allowed      top-1   inputs
      pass  tfjs-node-gpu   2.4e-6    1.5e-3  7.5e-7  2.4e-6     1e-4  1000/1000  33+1000
      pass  reference       2.4e-6    1.5e-3  7.5e-7  2.4e-6     1e-4      64/64    33+64
      Against onnxruntime-cpu. needed: the smallest absolute tolerance that would pass. inputs: seeded +
      real images; top-1 is of real images.

      note  reference: slow: 64 of 1000 real images and 33 of 33 seeded inputs

      not ready  onnxruntime-cuda: no NVIDIA driver was found

      passed: 2 of 2 agree with onnxruntime-cpu (5.0 s)"
    `);
    expect(() => requireParity(reportOf([agreeing, reference]))).not.toThrow();
  });

  it('where one differs', () => {
    expect(
      renderParity(reportOf([far, reference]))
        .split('\n')
        .slice(5, 15)
        .join('\n'),
    ).toMatchInlineSnapshot(`
      "
            runtime        largest  relative    99 %  needed  allowed     top-1   inputs
      FAIL  tfjs-node-gpu   2.1e-2    1.5e-3  7.5e-7  2.1e-2     1e-4  997/1000  33+1000
      pass  reference       2.4e-6    1.5e-3  7.5e-7  2.4e-6     1e-4     64/64    33+64
      Against onnxruntime-cpu. needed: the smallest absolute tolerance that would pass. inputs: seeded +
      real images; top-1 is of real images.

      FAIL  tfjs-node-gpu: off by 2.1e-2 and 1e-4 allowed: logits[3] of test image 37 is 1.250000 against
            1.271300
      FAIL  tfjs-node-gpu: another class on 3 of 1000 test images, first test image 105"
    `);
    const error = gateError([far, reference]);
    expect(error.exitCode).toBe(3);
    expect(error.message).toMatchInlineSnapshot(
      `"tfjs-node-gpu does not do what onnxruntime-cpu does with runs/a/model.onnx: off by 2.1e-2 and 1e-4 allowed: logits[3] of test image 37 is 1.250000 against 1.271300; another class on 3 of 1000 test images, first test image 105"`,
    );
    expect(error.help).toMatchInlineSnapshot(
      `"reference and onnxruntime-cpu agree: look at tfjs-node-gpu. One by one: nascent parity runs/a/model.onnx --runtimes tfjs-node-gpu."`,
    );
  });

  it('where all that read the graph differ', () => {
    const also = failing(reference, { requiredAbsolute: 0.5, largestAbsolute: 0.5 });
    const error = gateError([far, also]);
    expect(error.message).toContain('reference does not do what onnxruntime-cpu does');
    expect(error.message).toContain('(worst of 2 that differ)');
    expect(error.help).toContain('look at how the file is read first');
    // No class has changed, so it may be rounding after all.
    expect(error.help).toContain('--atol 5e-1');
  });

  it('where nothing was compared', () => {
    const broken = { ...failing(agreeing, { elements: 0 }), failures: ['TensorFlow ran out of memory'] };
    expect(gateError([broken]).message).toBe(
      'nothing was compared for runs/a/model.onnx: tfjs-node-gpu: TensorFlow ran out of memory',
    );
    expect(gateError([])).toMatchObject({
      exitCode: 3,
      message: 'nothing was compared for runs/a/model.onnx: no other runtime is ready',
    });
    expect(renderParity(reportOf([]))).toContain('failed: nothing was compared');
  });
});
