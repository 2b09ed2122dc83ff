/** Which runtime is worst, on which input it is, and the smallest part of the model in which it still is. */
import { NascentError } from '../../errors.ts';
import { imageFeeds } from '../../evaluate/image-batches.ts';
import type { ModelFile } from '../../evaluate/model-file.ts';
import { identityOf } from '../../evaluate/model-file.ts';
import type { Reporter } from '../../run/reporter.ts';
import type { Answers, PairInputs } from '../answers.ts';
import { isUnanswered, unanswered } from '../every-value.ts';
import type { CheckedParityOrder } from '../order.ts';
import type { Pair } from '../pairs.ts';
import { badness, climbFailures, type PairReport } from '../parity-report.ts';
import { feedsFrom, type SeededCase } from '../seeded-inputs.ts';
import type { ModelUnderTest, Open } from '../ways.ts';
import { bisect } from './bisect.ts';
import { requireFreeFolder, writeRepro, type BisectReport } from './write-repro.ts';

interface Compared {
  readonly file: ModelFile;
  readonly model: ModelUnderTest;
  readonly asked: readonly Pair[];
  readonly pairs: readonly PairReport[];
  readonly inputs: PairInputs;
  readonly answers: Answers;
  /** The worst inputs that searches found, by the runtime's name. */
  readonly searched: ReadonlyMap<string, SeededCase>;
  readonly resolved: CheckedParityOrder;
  readonly openIn: Open;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** @throws NascentError 'input/invalid' where there is no truth to hold parts to, or the folder is not free */
export function requireBisectable({ bisect: folder, other, against, expected }: CheckedParityOrder): void {
  if (folder === undefined) return;
  if (other !== undefined && folder !== true) {
    throw new NascentError('input/invalid', '--bisect of two files writes nothing, and takes no folder', {
      help: 'Leave the folder out: nascent parity A.onnx B.onnx --bisect.',
    });
  }
  if (other !== undefined) return;
  if (expected.length > 0 || (against ?? 'reference') !== 'reference') {
    throw new NascentError(
      'input/invalid',
      'parts of a model are held to double precision, and to nothing else',
      {
        help: 'Give one model with --bisect, without --against and --outputs.',
      },
    );
  }
  if (folderOf(folder).endsWith('.onnx')) {
    throw new NascentError(
      'input/invalid',
      `--bisect writes into a folder, and "${folderOf(folder)}" is a model`,
      {
        help: 'To compare two files, give the option last: nascent parity A.onnx B.onnx --bisect.',
      },
    );
  }
  requireFreeFolder(folderOf(folder));
}

/** Undefined where none fails. */
export async function bisectWorst(
  given: string | true,
  compared: Compared,
): Promise<BisectReport | undefined> {
  const folder = folderOf(given);
  const { file, model, asked, pairs, resolved, openIn, reporter, signal } = compared;
  const [worst] = pairs
    .filter(({ failures }) => failures.length > 0)
    .toSorted((a, b) => badness(b) - badness(a));
  const pair = asked.find(({ name }) => name === worst?.name);
  if (worst === undefined || pair === undefined) {
    reporter.note('no runtime differs, so that there is nothing to cut out of the model');
    return undefined;
  }
  const input = await inputOf(worst, compared);
  const about = { name: worst.name, input: `${input.label}, batch ${input.batch}` };
  const culprit = await bisect({
    file,
    model,
    pair,
    isRefusal: worst.elements === 0,
    input,
    gate: resolved,
    open: openIn,
    seconds: resolved.bisectSeconds,
    reporter,
    signal,
  }).catch((error: unknown) => {
    if (isUnanswered(error)) return error;
    throw error;
  });
  if (culprit instanceof NascentError) {
    return { ...about, found: null, error: `${unanswered}: ${culprit.message}` };
  }
  const found =
    culprit === undefined
      ? null
      : await writeRepro(folder, culprit, { pair, gate: resolved, model: identityOf(file) });
  return { ...about, found };
}

function folderOf(given: string | true): string {
  return given === true ? 'repro' : given;
}

/** The input on which it is worst, as the truth would go on to it. */
export async function inputOf(
  worst: PairReport,
  { inputs, answers, searched }: Pick<Compared, 'inputs' | 'answers' | 'searched'>,
): Promise<SeededCase> {
  const found = searched.get(worst.name);
  if (found !== undefined && climbFailures(worst.climb).length > 0) return found;
  const at = worst.worst !== null && worst.used > 1 ? worst.worst.at : (worst.firstNotFinite?.at ?? '');
  const image = /^test image (\d+)$/.exec(at)?.[1];
  if (image !== undefined && inputs.real !== undefined) {
    const { model, source } = inputs.real;
    const range = { skip: Number(image), take: 1, batchSize: 1 };
    for await (const { feeds } of imageFeeds(model, source, range)) return { label: at, batch: 1, feeds };
  }
  const drawn = inputs.seeded.findIndex(({ label, batch }) => at.startsWith(`${label}, batch ${batch},`));
  return caseAt(Math.max(0, drawn), { inputs, answers });
}

/** An input by its place, as the truth would go on to it. */
export function caseAt(place: number, { inputs, answers }: Pick<Compared, 'inputs' | 'answers'>): SeededCase {
  const one = inputs.seeded[place];
  if (one === undefined) {
    throw new NascentError('input/invalid', 'there is no input to cut the model on', {
      help: 'Give some: --inputs FILE.pb.',
    });
  }
  return { label: one.label, batch: one.batch, feeds: feedsFrom(one, answers.seeded[place - 1]?.outputs) };
}
