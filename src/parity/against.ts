/** Answers of a runtime, or of a file of outputs, instead of the truth: what others are then measured against. */
import { NascentError } from '../errors.ts';
import type { AnyTensors } from '../runtime/any-tensor.ts';
import type { Reporter } from '../run/reporter.ts';
import { pause, realAnswers, type Answer, type Answers, type PairInputs } from './answers.ts';
import { feedsFrom } from './seeded-inputs.ts';
import type { OpenModel } from './ways.ts';

/**
 * The same answers, as a runtime gives them. What float32 costs is still that of the truth.
 *
 * @throws what the runtime throws where it cannot run the model: then nothing can be measured against it
 */
export async function answersIn(
  name: string,
  open: () => Promise<OpenModel>,
  { seeded, real }: PairInputs,
  known: Answers,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Answers> {
  reporter.stage('parity', `${name}, which the others are measured against`);
  let opened: OpenModel | undefined;
  try {
    opened = await open();
    const answers: (Answer | undefined)[] = [];
    let before: AnyTensors | undefined;
    for (const [i, one] of seeded.entries()) {
      if (known.seeded[i] === undefined) answers.push(undefined);
      else {
        before = await opened.run(feedsFrom(one, before));
        answers.push({ outputs: before, spreads: undefined });
      }
      reporter.progress(i + 1, seeded.length, 'inputs');
      await pause(signal);
    }
    return { ...known, seeded: answers, real: await realAnswers(opened, real, reporter, signal), by: name };
  } finally {
    opened?.dispose();
  }
}

/** What stored outputs are called. */
export const storedName = 'stored outputs';

/** What is expected of the one input that there is. */
export function storedAnswers(expected: AnyTensors, known: Answers): Answers {
  return { ...known, seeded: [{ outputs: expected, spreads: undefined }], real: undefined, by: storedName };
}

/** @throws NascentError 'input/invalid' where a runtime is named, and outputs are, too */
export function requireOneBaseline(order: {
  readonly against?: string | undefined;
  readonly expected: readonly unknown[];
  readonly inputs: readonly unknown[];
}): void {
  if (order.expected.length > 0 && order.inputs.length === 0) {
    throw new NascentError('input/invalid', 'outputs are given, and not the inputs that they are of', {
      help: 'Give those, too: --inputs FILE.pb.',
    });
  }
  if (order.expected.length > 0 && order.against !== undefined) {
    throw new NascentError('input/invalid', 'both outputs and a runtime are given to measure against', {
      help: 'Leave out --against, or --outputs.',
    });
  }
}
