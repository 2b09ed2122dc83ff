/**
 * Our checker against ONNX's own: on its conformance models, none of which may be called faulty, and on the same with a
 * change in each. `npm run test:oracle:checker [COUNT]` needs a Python with the package onnx; `PYTHON` says which.
 *
 * Where the two may differ is in the table below, with the reason. Ends with one line: N passed, N failed, N skipped.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findingsIn } from '../../../exporters/onnx/check/check.ts';
import { decodeModel } from '../../../proto/onnx.ts';
import { exitCodes, messageOf } from '../../../src/errors.ts';
import { execute, lastLine } from '../environment.ts';

interface Verdict {
  readonly number: number;
  readonly model: string;
  readonly change: string | null;
  readonly verdict: string | null;
}

/** Where one says fault and the other does not, by the change. */
const differences: readonly {
  readonly reason: string;
  readonly applies: (change: string, ours: string | undefined, theirs: string | null) => boolean;
}[] = [
  {
    reason: 'a call with more inputs than its function takes: the rules forbid it, theirs does not look',
    applies: (change, ours) => change === 'function_of_too_many_inputs' && ours !== undefined,
  },
  {
    reason: 'an input that theirs does not infer anything from: its type is not looked at there',
    applies: (change, ours, theirs) =>
      change === 'more_inputs' && (ours ?? '').includes('which Resize does not take') && theirs === null,
  },
  {
    reason:
      'a function whose output nothing makes: the rules forbid it, theirs looks only where it is called',
    applies: (change, ours) => change === 'function_without_output' && ours !== undefined,
  },
  {
    reason: 'an attribute that stands for one of a function, outside of any: forbidden, theirs does not look',
    applies: (change, ours) => change === 'reference_outside' && ours !== undefined,
  },
  {
    reason: 'an output whose type is not told: runtimes infer it, so that it is only warned of',
    applies: (change, ours) => change === 'typeless_output' && ours === undefined,
  },
  {
    reason: 'the two spellings of ONNX’s own domain are one to us, as to onnxruntime',
    applies: (change, ours, theirs) =>
      change === 'other_domain' && ours === undefined && theirs === "No opset import for domain 'ai.onnx'",
  },
  {
    reason: 'the type of what NonZero gives, which theirs does not infer: there is only one',
    applies: (change, ours, theirs) =>
      change === 'outer_value' && (ours ?? '').endsWith('its node gives int64') && theirs === null,
  },
  {
    reason: 'an op that a preview of ONNX lacks: theirs does not look, onnxruntime refuses it',
    applies: (_, ours, theirs) => / of ai\.onnx\.preview/.test(ours ?? '') && theirs === null,
  },
  {
    reason: 'of an operator set newer than we know, attributes are not judged',
    applies: (change, ours) => change === 'future_opset' && ours === undefined,
  },
  {
    reason: 'their schema of LayerNormalization takes any attribute',
    applies: (change, ours) =>
      change === 'unknown_attribute' && (ours ?? '').includes('LayerNormalization has no attribute'),
  },
];

const python = process.env['PYTHON'] ?? 'python3';
const folder = mkdtempSync(join(tmpdir(), 'nascent-verdicts-'));
try {
  const asked = await execute(python, [
    '-B',
    join(import.meta.dirname, 'verdicts.py'),
    folder,
    process.argv[2] ?? '4000',
  ]);
  if (asked.code === 0) report();
  else
    console.log(
      `skipped: ${python} cannot ask ONNX's checker: ${lastLine(asked.output)}\n0 passed, 0 failed, 1 skipped`,
    );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function report(): void {
  const counts = new Map<string, number>();
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  let failed = 0;
  const verdicts = readFileSync(join(folder, 'verdicts.jsonl'), 'utf8').trim().split('\n');
  for (const line of verdicts) {
    const { number, model, change, verdict } = JSON.parse(line) as Verdict;
    const ours = firstFault(readFileSync(join(folder, `${number}.onnx`)));
    if ((ours === undefined) === (verdict === null)) {
      count(verdict === null ? 'sound, both say' : 'faulty, both say');
      continue;
    }
    const known =
      change === null ? undefined : differences.find((each) => each.applies(change, ours, verdict));
    if (known !== undefined) {
      count(known.reason);
      continue;
    }
    failed++;
    console.log(
      `${model}, ${change ?? 'as it is'}: ours says ${ours ?? 'nothing'}; theirs ${verdict ?? 'nothing'}`,
    );
  }
  for (const [what, number] of counts) console.log(`${number} ${what}`);
  console.log(`${verdicts.length - failed} passed, ${failed} failed, 0 skipped`);
  process.exitCode = failed === 0 ? exitCodes.done : exitCodes.failed;
}

function firstFault(bytes: Uint8Array): string | undefined {
  try {
    return findingsIn(decodeModel(bytes)).faults[0];
  } catch (error) {
    return messageOf(error);
  }
}
