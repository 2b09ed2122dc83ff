/** What runtimes are given: drawn by seed, and of the dataset that is asked for, or that the model was made for. */
import { isTextName, type TextName } from '../data/registry.ts';
import { NascentError } from '../errors.ts';
import { passedOver } from '../evaluate/image-source.ts';
import { modelAndData, type LanguageModel } from '../evaluate/language-model.ts';
import type { ModelFile } from '../evaluate/model-file.ts';
import type { Reporter } from '../run/reporter.ts';
import type { PairInputs } from './answers.ts';
import { fedInputs, type FedInput } from './fed-inputs.ts';
import type { CheckedParityOrder } from './order.ts';
import type { ParityReport, RealInputs } from './parity-report.ts';
import { realImages } from './real-inputs.ts';
import { realWords, type TextWanted } from './real-words.ts';
import { commonInputs } from './matching.ts';
import type { OtherFile } from './other-file.ts';
import { saidOf } from './said-of-inputs.ts';
import { batchesFor, seededCases, specialKinds } from './seeded-inputs.ts';
import { longerExtent, settled, type FedAlike } from './extents/settled-extents.ts';
import { storedCase } from './stored.ts';
import { seededTexts } from './text-cases.ts';
import type { Shapes } from './whole/shapes.ts';

/** What the runtimes are given, and what a report says of it. */
export interface Inputs {
  readonly pair: PairInputs;
  readonly seeded: ParityReport['seeded'];
  readonly real: RealInputs;
}

/**
 * To be closed, where there are real images.
 *
 * @param other the file that is fed the same
 * @throws NascentError 'input/invalid' where the model does not fit the data that are asked for
 */
export async function inputsFor(
  file: ModelFile,
  order: CheckedParityOrder,
  reporter: Reporter,
  signal: AbortSignal,
  other?: OtherFile,
): Promise<Inputs> {
  const fed =
    other === undefined ? fedInputs(file.model) : commonInputs(file.model, other.file.model, other.matching);
  if (order.inputs.length > 0) return storedInputs(fed, order);
  const about = modelAndData(file, order.data ?? undefined);
  return about.kind === 'text'
    ? textInputs(about.model, about.data, order, reporter, signal)
    : imageInputs({ file, fed, other }, about.data, order, reporter);
}

/** What was stored, and nothing else. */
async function storedInputs(
  fed: readonly FedInput[],
  { inputs, data, images }: CheckedParityOrder,
): Promise<Inputs> {
  if (typeof data === 'string' || images !== undefined) {
    throw new NascentError('input/invalid', 'both stored inputs and a dataset are given', {
      help: 'Leave out --data and --images, or --inputs.',
    });
  }
  const files = inputs.map(({ file }) => file);
  return {
    pair: { seeded: [await storedCase(fed, inputs)], real: undefined },
    seeded: { seeds: [], batches: [], files },
    real: { dataset: null, images: 0, reason: 'inputs were given' },
  };
}

async function textInputs(
  model: LanguageModel,
  asked: TextName | undefined,
  order: CheckedParityOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Inputs> {
  const { seeds, data, images } = order;
  if (images !== undefined) {
    throw new NascentError('input/invalid', '--images is for images, and this is about text', {
      help: 'Leave --images out.',
    });
  }
  const { cases, batches, lengths } = seededTexts(model, order);
  const wanted = { text: textAsked(model, asked, order), likely: textLikely(model, order) };
  const words = data === null ? 'none were asked for' : await realWords(model, wanted, signal);
  if (typeof words === 'string') reporter.note(`only seeded ${model.level}s are compared: ${words}`);
  const unit = model.level === 'word' ? {} : { level: model.level };
  return {
    // Real words first: a slow runtime may not come to the end.
    pair: { seeded: [...(typeof words === 'string' ? [] : words.cases), ...cases], real: undefined },
    seeded: { seeds, batches, lengths, ...unit },
    real:
      typeof words === 'string'
        ? { dataset: null, words: 0, reason: words, ...unit }
        : { dataset: words.dataset, words: words.words, slices: words.cases.length, ...unit },
  };
}

/** By name, or by a folder that holds what the model says it was made for. */
function textAsked(
  { dataset }: LanguageModel,
  asked: TextName | undefined,
  { from }: CheckedParityOrder,
): TextWanted | undefined {
  if (asked !== undefined) return { data: asked, from };
  if (from === undefined) return undefined;
  if (dataset !== undefined && isTextName(dataset)) return { data: dataset, from };
  throw nameless(from);
}

/** That of the run, unless the file says another. */
function textLikely({ dataset }: LanguageModel, { likely }: CheckedParityOrder): TextWanted | undefined {
  if (likely === undefined || !isTextName(likely.data)) return undefined;
  return dataset === undefined || dataset === likely.data ? { ...likely, data: likely.data } : undefined;
}

interface Given {
  readonly file: ModelFile;
  readonly fed: readonly FedInput[];
  readonly other: OtherFile | undefined;
}

async function imageInputs(
  { file, fed, other }: Given,
  asked: Parameters<typeof realImages>[1]['data'],
  order: CheckedParityOrder,
  reporter: Reporter,
): Promise<Inputs> {
  const { seeds, data, from, likely, images = 1000 } = order;
  const batches = batchesFor(fed, file.model.graph.outputs, order.batches, order.extents);
  const own = likely !== undefined && !isTextName(likely.data) ? likely : undefined;
  if (from !== undefined && asked === undefined && !new Map(file.model.metadata).has('dataset')) {
    throw nameless(from);
  }
  const wanted = { data: data === null ? null : asked, from: from ?? own?.from, images };
  const found = await realImages(file, wanted, (image) => reporter.note(passedOver(image)));
  if (typeof found === 'string') reporter.note(`no real images: ${found}`);
  const files = filesOf(file, other);
  const known = settled(file.model, fed, order.extents, files);
  const longer = longerExtent(files, known, order.extents, batches[0] ?? 1);
  const special = order.minSnr === undefined;
  const seeded = seededCases(known.inputs, { ...order, batches, guesses: known.guesses, special, longer });
  const kinds = specialKinds.filter((kind) => seeded.some(({ label }) => label === kind));
  return {
    pair: {
      seeded,
      real: typeof found === 'string' ? undefined : found,
    },
    seeded: { seeds, batches, kinds, ...saidOf(known, seeded, order.extents) },
    real:
      typeof found === 'string'
        ? { dataset: null, images: 0, reason: found }
        : { dataset: found.source.name, images: found.source.count },
  };
}

/** Each file with what its inputs are of where the first's are of certain shapes. */
function filesOf({ model }: ModelFile, other: OtherFile | undefined): readonly FedAlike[] {
  const first = { model, shapesIn: (shapes: Shapes) => shapes };
  if (other === undefined) return [first];
  const { inputs } = other.matching;
  const shapesIn = (shapes: Shapes) =>
    new Map([...shapes].map(([name, shape]) => [inputs.get(name) ?? name, shape]));
  return [first, { model: other.file.model, shapesIn }];
}

function nameless(from: string): NascentError {
  return new NascentError('input/invalid', `--from ${from} needs the name of its dataset`, {
    help: 'Name it with --data.',
  });
}
