import { describe, expect, it } from 'vitest';

import { NascentError } from '../../src/errors.ts';
import { gateOf, gateText } from '../../src/parity/gates.ts';
import {
  failuresOf,
  outcomeOf,
  requireParity,
  type PairReport,
  type ParityReport,
} from '../../src/parity/parity-report.ts';
import { outcomeText, renderParity } from '../../src/parity/render-parity.ts';

const agreeing: PairReport = {
  name: 'tfjs-node-gpu',
  runtime: 'tfjs-node-gpu',
  version: '4.22.0',
  device: 'cpu',
  runs: 'the graph read from it',
  gate: { absolute: 1e-4 },
  elements: 10_330,
  largestAbsolute: 2.4e-6,
  largestRelative: 1.5e-3,
  p99: 7.5e-7,
  requiredAbsolute: 2.4e-6,
  used: 0.024,
  cosine: 0.9999999,
  signalToNoise: 118.4,
  histogram: [{ upTo: 1e-5, elements: 10_330 }],
  worst: { at: 'test image 37', output: 'logits', index: 3, given: 1.25, expected: 1.2500024, allowed: 1e-4 },
  notFinite: 0,
  notFiniteAlike: 0,
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

const onnxruntime: PairReport = {
  ...agreeing,
  name: 'onnxruntime-cpu',
  runtime: 'onnxruntime-cpu',
  runs: 'the file',
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
  used: 213,
  worst: { at: 'test image 37', output: 'logits', index: 3, given: 1.25, expected: 1.2713, allowed: 1e-4 },
  top1Real: { agreed: 997, total: 1000, firstDifferent: 'test image 105' },
});

function reportOf(pairs: readonly PairReport[]): ParityReport {
  return {
    model: { path: 'runs/a/model.onnx', bytes: 63_845, sha256: '0'.repeat(64) },
    baseline: { name: 'reference', version: '0.1.0', device: 'cpu' },
    seeded: { seeds: [1, 2, 3], batches: [1, 3, 7] },
    real: { dataset: 'cifar10', images: 1000 },
    truth: { inputs: 33, why: null },
    gate: gateText(gateOf({}, 'float32', [])),
    unread: null,
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
    expect(failures({ used: 1 })).toEqual([]);
    expect(failures({ used: 1.01 })).toHaveLength(1);
  });

  it('by a test image of another class where the values differ, too, and not where they are as good as equal', () => {
    const top1Real = { agreed: 999, total: 1000, firstDifferent: 'test image 5' };
    expect(failures({ top1Real })).toEqual([]);
    expect(failures({ used: 2, top1Real }).at(-1)).toBe(
      'another class on 1 of 1000 test images, first test image 5',
    );
  });

  it('by one value that is not a number', () => {
    const firstNotFinite = { at: 'seed 1, batch 1, row 0', output: 'logits', index: 2 };
    expect(failures({ notFinite: 1, firstNotFinite })).toHaveLength(1);
  });

  it('where nothing was compared', () => {
    expect(failures({ elements: 0, seededInputs: 0, realImages: 0 })).toEqual(['no input was compared']);
    expect(failuresOf({ ...agreeing, elements: 0 }, 'it broke')).toEqual(['it broke']);
  });
});

describe('what is told', () => {
  it('where all agree', () => {
    expect(renderParity(reportOf([agreeing, onnxruntime]))).toMatchInlineSnapshot(`
      "model     runs/a/model.onnx
                sha256 0000000000000000000000000000000000000000000000000000000000000000, 63,845 bytes
      baseline  reference 0.1.0, cpu
      inputs    33 seeded: seeds 1, 2, 3 by batches of 1, 3, 7
                1,000 test images of cifar10

            runtime          largest  relative     SNR  allowed  used      top-1   inputs
      pass  tfjs-node-gpu     2.4e-6    1.5e-3  118 dB   1.0e-4   2 %  1000/1000  33+1000
      pass  onnxruntime-cpu   2.4e-6    1.5e-3  118 dB   1.0e-4   2 %      64/64    33+64
      Against reference. Allowed: 1e-4 of the largest value of the output on the same input, because what
      float32 costs this file could not be measured. The smallest tolerance that would pass: largest
      (--atol), or relative (--rtol). allowed, used: where a runtime came nearest to it. inputs: seeded +
      real images; top-1 is of real images.

      note  onnxruntime-cpu: slow: 64 of 1000 real images and 33 of 33 seeded inputs

      not ready  onnxruntime-cuda: no NVIDIA driver was found

      passed: 2 of 2 agree with reference (5.0 s)"
    `);
    expect(() => requireParity(reportOf([agreeing, onnxruntime]))).not.toThrow();
  });

  it('where one differs', () => {
    expect(
      renderParity(reportOf([far, onnxruntime]))
        .split('\n')
        .slice(5, 15)
        .join('\n'),
    ).toMatchInlineSnapshot(`
      "
            runtime          largest  relative     SNR  allowed    used     top-1   inputs
      FAIL  tfjs-node-gpu     2.1e-2    1.5e-3  118 dB   1.0e-4  2e+4 %  997/1000  33+1000
      pass  onnxruntime-cpu   2.4e-6    1.5e-3  118 dB   1.0e-4     2 %     64/64    33+64
      Against reference. Allowed: 1e-4 of the largest value of the output on the same input, because what
      float32 costs this file could not be measured. The smallest tolerance that would pass: largest
      (--atol), or relative (--rtol). allowed, used: where a runtime came nearest to it. inputs: seeded +
      real images; top-1 is of real images.

      FAIL  tfjs-node-gpu: off by 2.1e-2 and 1.0e-4 allowed: logits[3] of test image 37 is 1.250000"
    `);
    const error = gateError([far, onnxruntime]);
    expect(error.exitCode).toBe(3);
    expect(error.message).toMatchInlineSnapshot(
      `"tfjs-node-gpu does not do what reference does with runs/a/model.onnx: off by 2.1e-2 and 1.0e-4 allowed: logits[3] of test image 37 is 1.250000 against 1.271300; another class on 3 of 1000 test images, first test image 105"`,
    );
    expect(error.help).toMatchInlineSnapshot(
      `"onnxruntime-cpu and reference agree: look at tfjs-node-gpu. One by one: nascent parity runs/a/model.onnx --runtimes tfjs-node-gpu."`,
    );
  });

  it('where all that run the file differ', () => {
    const levels = ['onnxruntime-cpu', 'onnxruntime-cpu unoptimised'].map((name) =>
      failing({ ...onnxruntime, name }, { requiredAbsolute: 0.5, largestAbsolute: 0.5, used: 5000 }),
    );
    const error = gateError([...levels, agreeing]);
    expect(error.message).toContain('onnxruntime-cpu does not do what reference does');
    expect(error.message).toContain('(worst of 2 that differ)');
    expect(error.help).toContain('look at how the file is read first');
    // No class has changed, so it may be rounding after all.
    expect(error.help).toContain('--atol 5e-1');
  });

  it('where all that run the file are off by little more than is allowed', () => {
    const levels = ['onnxruntime-cpu', 'onnxruntime-cpu unoptimised'].map((name) =>
      failing({ ...onnxruntime, name }, { requiredAbsolute: 170, largestAbsolute: 170, used: 1.2 }),
    );
    const { help } = gateError([...levels, agreeing]);
    expect(help).not.toContain('look at how the file is read');
    expect(help).toContain('more likely they round otherwise');
    expect(help).toContain('--atol 200.');
  });

  it('where all that run the file give another whole number, which no rounding does', () => {
    const worst = {
      at: 'seed 1, batch 1, row 0',
      output: 'indices',
      index: 1,
      given: 2,
      expected: 0,
      allowed: 0.5,
    };
    const levels = ['onnxruntime-cpu', 'onnxruntime-cpu unoptimised'].map((name) =>
      failing({ ...onnxruntime, name }, { requiredAbsolute: 2, largestAbsolute: 2, used: 4, worst }),
    );
    expect(gateError([...levels, agreeing]).help).toContain('look at how the file is read first');
  });

  it('where some cannot run it, which is no difference', () => {
    const refused = {
      ...failing(onnxruntime, { elements: 0, seededInputs: 0, realImages: 0 }),
      failures: ['onnxruntime refused it: Conv takes no bfloat16'],
    };
    const wrong = failing(far, { used: 7 });
    expect(gateError([refused, wrong, agreeing]).message).toContain(
      'onnxruntime-cpu cannot run runs/a/model.onnx: onnxruntime refused it: Conv takes no bfloat16 (worst of 2 that fail)',
    );
    const text = renderParity(reportOf([refused, wrong, agreeing]));
    expect(text).toContain('failed: 1 of 3 differ from reference, 1 of 3 cannot run it (');
  });

  it('where there is no truth: nobody is to blame', () => {
    const report = {
      ...reportOf([failing(far, { used: 7, largestAbsolute: 1 }), onnxruntime]),
      baseline: { name: 'onnxruntime-cpu unoptimised', version: '1', device: 'cpu' },
      truth: { inputs: 0, why: 'reference needs more than 12 GB of memory' },
    };
    expect(() => requireParity(report)).toThrow(
      'and onnxruntime-cpu unoptimised differ with runs/a/model.onnx, and there is no truth that says which is right ' +
        '(reference needs more than 12 GB of memory)',
    );
  });

  it('where only what the optimiser made differs: by which option it would not', () => {
    const wrong = { requiredAbsolute: 0.5, largestAbsolute: 0.5, used: 5000 };
    const named = (name: string) => ({ ...onnxruntime, name });
    const optimised = ['onnxruntime-cpu extended', 'onnxruntime-cpu'].map((name) =>
      failing(named(name), wrong),
    );
    const plain = ['onnxruntime-cpu unoptimised', 'onnxruntime-cpu basic'].map(named);
    const { help } = gateError([...plain, ...optimised, agreeing]);
    expect(help).toContain("`graphOptimizationLevel: 'basic'` is without them");
    expect(gateError([...plain.slice(0, 1), ...optimised]).help).toContain("'disabled'");
    // Another runtime that differs has no such option.
    expect(gateError([...plain, far]).help).not.toContain('graphOptimizationLevel');
  });

  it('where all that run the file give another shape, within what is allowed elsewhere', () => {
    const levels = ['onnxruntime-cpu', 'onnxruntime-cpu unoptimised'].map((name) => ({
      ...onnxruntime,
      name,
      failures: ['output "y" is float32[0, 0], and float32[0, 1] elsewhere'],
    }));
    const { help } = gateError([...levels, agreeing]);
    expect(help).toContain('look at how the file is read first');
    expect(help).not.toContain('off by little more');
  });

  it('where nothing that runs the file takes it', () => {
    const levels = ['onnxruntime-cpu', 'onnxruntime-cpu unoptimised'].map((name) => ({
      ...failing({ ...onnxruntime, name }, { elements: 0, seededInputs: 0, realImages: 0 }),
      failures: ['onnxruntime refused it: Conv takes no bfloat16'],
    }));
    const { help } = gateError([...levels, agreeing]);
    expect(help).toContain('`nascent check runs/a/model.onnx` says whether it breaks the rules');
    expect(help).not.toContain('look at how the file is read');
  });

  it('where nothing was compared', () => {
    const nothing = { elements: 0, seededInputs: 0, realImages: 0 };
    const broken = { ...failing(agreeing, nothing), failures: ['TensorFlow ran out of memory'] };
    const { message, help } = gateError([broken]);
    expect(message).toBe(
      'nothing was compared for runs/a/model.onnx: tfjs-node-gpu: TensorFlow ran out of memory',
    );
    expect(help).toBe(
      '`nascent check runs/a/model.onnx` says whether it breaks the rules of ONNX; `nascent doctor` says what is missing for each runtime.',
    );
    expect(gateError([])).toMatchObject({
      exitCode: 3,
      message: 'nothing was compared for runs/a/model.onnx: no runtime is ready',
    });
    expect(renderParity(reportOf([]))).toContain('failed: nothing was compared');
  });
});

it('proposes to allow what is little beside the signal, and nothing else', () => {
  const help = (signalToNoise: number) => {
    try {
      requireParity(reportOf([{ ...far, signalToNoise, failures: far.failures.slice(0, 1) }, onnxruntime]));
    } catch (error) {
      return (error as NascentError).help;
    }
    return undefined;
  };
  expect(help(40)).toContain('If that little does no harm: --atol 3e-2.');
  expect(help(3)).not.toContain('--atol');
});

it('one that answers rightly and fails on other inputs does not differ', () => {
  const cut: PairReport = { ...agreeing, stopped: true, failures: ['it cannot run "x" of seed 2'] };
  const report = reportOf([cut, onnxruntime]);
  expect(outcomeText({ ...report, outcome: 'failed' })).toMatch(
    /^failed: 1 of 2 fail where they do not differ \(/,
  );
  expect(() => requireParity({ ...report, outcome: 'failed' })).toThrow(
    'tfjs-node-gpu fails with runs/a/model.onnx: it cannot run "x" of seed 2',
  );
});

it('one that is held to nothing does not differ, nor agree', () => {
  const open: PairReport = { ...agreeing, unheld: true, failures: ['"y" is held to nothing: …'] };
  const report = { ...reportOf([open, onnxruntime]), outcome: 'failed' } as const;
  expect(outcomeText(report)).toMatch(/^failed: 1 of 2 held to nothing \(/);
  expect(() => requireParity(report)).toThrow(
    'nothing tells whether tfjs-node-gpu does what reference does with runs/a/model.onnx: "y" is held to nothing: …',
  );
});
