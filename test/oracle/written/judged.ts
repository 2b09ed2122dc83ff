/**
 * What Python's own tools say of the files that `nascent export` writes, with every option and with weights beside them:
 * ONNX's checker with types and shapes, its strict inference of shapes, its reference evaluator, and onnxruntime.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Passes } from '../../../exporters/passes/passes.ts';
import { exportGenotype } from '../../../src/model/export.ts';
import type { Exported } from '../../../src/model/order.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { publishedGenotypes } from '../../../src/space/images/published.ts';
import { publishedRnnGenotypes } from '../../../src/space/text/published.ts';
import { execute, lastLine } from '../environment.ts';

const images = {
  task: 'images',
  // Of channels that 8 bits make more of.
  shape: { channels: 12, layers: 3, classes: 10, image: [3, 16, 16] },
  genotype: publishedGenotypes.DARTS_V2,
  seed: 2,
} as const;
const text = {
  task: 'text',
  // Of weights that are large enough to lie in a file beside.
  shape: { words: 60, units: 40 },
  genotype: publishedRnnGenotypes.DARTS_V2,
  seed: 2,
} as const;

type Options = Pick<Exported, 'opset' | 'unroll'> & { readonly passes?: Passes };

/** By what is asked for. Each is written with its weights inside, and once more beside it. */
const asked: readonly (readonly [name: string, order: typeof images | typeof text, options: Options])[] = [
  ['images', images, {}],
  // Of batch norm before opset 14, the evaluator computes what it does in training.
  ['images --opset 13 --fold-batch-norm', images, { opset: 13, passes: { foldBatchNorm: true } }],
  ['images --opset 22', images, { opset: 22 }],
  ['images --fold-batch-norm', images, { passes: { foldBatchNorm: true } }],
  ['images --fp16', images, { passes: { fp16: true } }],
  // The evaluator has no DequantizeLinear of earlier opsets.
  ['images --opset 21 --int8', images, { opset: 21, passes: { int8: true } }],
  ['images --functions', images, { passes: { functions: true } }],
  [
    'images --preprocess --softmax --top-k 3',
    images,
    { passes: { preprocess: true, softmax: true, topK: 3 } },
  ],
  ['text', text, {}],
  ['text --unroll 3', text, { unroll: 3 }],
  ['text --fp16', text, { passes: { fp16: true } }],
  ['text --int8', text, { passes: { int8: true } }],
  ['text --unroll 3 --functions', text, { unroll: 3, passes: { functions: true } }],
];

/**
 * How far apart two runtimes may be, of the largest answer. In single precision they differ by rounding; with fewer bits a
 * value that lies between two steps may come out as either, which later layers carry on.
 */
const allowedOf = ({ passes: { int8 = false, fp16 = false } = {} }: Options) =>
  int8 ? 0.05 : fp16 ? 2e-2 : 1e-4;

export interface Judged {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Line {
  readonly name: string;
  readonly check: string;
  readonly wrong: string | null;
  readonly apart: number | null;
}

const checks = ['checker', 'inference', 'runtime', 'evaluator'] as const;

/** Writes the files, and asks a Python for its verdicts; all are skipped where it lacks the packages. */
export async function judgeExports(python: string, say: (line: string) => void): Promise<Judged> {
  say('\nFiles that nascent export writes, judged by Python');
  const names = asked.flatMap(([name]) => [name, `${name} --external-data`]);
  const all = names.length * checks.length;
  const has = await execute(python, ['-W', 'ignore', '-c', 'import numpy, onnx, onnxruntime']);
  if (has.code !== 0) {
    say(`skipped: ${python} cannot judge them: ${lastLine(has.output)}`);
    return { passed: 0, failed: 0, skipped: all };
  }
  const folder = mkdtempSync(join(tmpdir(), 'nascent-written-'));
  try {
    await write(folder);
    const judge = join(import.meta.dirname, 'judge.py');
    const { output } = await execute(python, ['-W', 'ignore', '-B', judge, folder]);
    const lines = output.split('\n').flatMap((line) => {
      return line.startsWith('{"name"') ? [JSON.parse(line) as Line] : [];
    });
    const failures: string[] = [];
    for (const name of names) {
      const cells = checks.map((check) => {
        const line = lines.find((each) => each.name === name && each.check === check);
        if (line?.wrong === null)
          return line.apart === null ? check : `${check} ${line.apart.toExponential(1)}`;
        failures.push(`  FAILED  ${name}, ${check}: ${line?.wrong ?? `no answer; ${lastLine(output)}`}`);
        return `! ${check}`;
      });
      say(`  ${name.padEnd(60)}${cells.join(', ')}`);
    }
    failures.forEach(say);
    const failed = failures.length;
    return { passed: all - failed, failed, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function write(folder: string): Promise<void> {
  const files: object[] = [];
  for (const [i, [name, order, options]] of asked.entries()) {
    const allowed = allowedOf(options);
    const [inside, outside] = [`${i}.onnx`, `${i}-beside.onnx`];
    await exportGenotype({ ...order, ...options, out: join(folder, inside) }, silentReporter);
    const beside = { ...order, ...options, out: join(folder, outside), externalData: true };
    await exportGenotype(beside, silentReporter);
    files.push(
      { name, file: inside, allowed },
      { name: `${name} --external-data`, file: outside, inside, allowed },
    );
  }
  writeFileSync(join(folder, 'files.json'), JSON.stringify(files));
}
