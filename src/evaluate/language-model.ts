/** What a model file says of itself as a language model, and the vocabulary beside it. */
import { dirname, join } from 'node:path';
import type { OnnxDim, OnnxValueInfo } from '../../proto/onnx.ts';
import type { ImagesName } from '../data/registry.ts';
import { isTextName, textNames, type TextName } from '../data/registry.ts';
import type { TextCorpus } from '../data/text/corpus.ts';
import { smallestLimit } from '../data/text/common.ts';
import { levels, type Level } from '../data/text/tokens.ts';
import { readVocabulary } from '../data/text/vocabulary.ts';
import { NascentError } from '../errors.ts';
import type { FacedFile } from './face.ts';
import { dataInputs } from './image-model.ts';

/** `tokens` [sequence, batch] and `hidden_in` [batch, units] → `log_probs` [sequence, batch, words], `hidden_out`. */
export interface LanguageModel {
  readonly path: string;
  readonly units: number;
  /** What its words are; words, where the metadata do not say. */
  readonly level: Level;
  readonly words: number;
  /** What its vocabulary was limited to; null where it was not. */
  readonly limit: number | null;
  /** Where the model takes texts of one length only. */
  readonly steps: number | undefined;
  /** Where it takes batches of one size only. */
  readonly batch: number | undefined;
  /** From the metadata, where they are there. */
  readonly dataset: string | undefined;
  readonly vocabularySha256: string | undefined;
  /** Whether the file says of itself that its weights are as they were drawn. */
  readonly untrained: boolean;
}

/** Whether a file has the inputs of a language model. */
export function isLanguageModel({ model }: FacedFile): boolean {
  const names = dataInputs(model).map(({ name }) => name);
  return names.length === 2 && names.includes('tokens') && names.includes('hidden_in');
}

/** @throws NascentError 'input/invalid' where the model is none */
export function languageModelOf(file: FacedFile): LanguageModel {
  const { path, model } = file;
  const inputs = dataInputs(model);
  const shapeOf = (infos: readonly OnnxValueInfo[], name: string, rank: number): readonly OnnxDim[] => {
    const type = infos.find((info) => info.name === name)?.type;
    if (type?.kind === 'tensor' && type.shape?.length === rank) return type.shape;
    throw new NascentError(
      'input/invalid',
      `${path} is no language model: it has no "${name}" of rank ${rank}`,
      {
        help:
          'It takes a model with the inputs tokens [sequence, batch] and hidden_in [batch, units] and the outputs ' +
          'log_probs [sequence, batch, words] and hidden_out, as nascent export writes it.',
      },
    );
  };
  const [steps, batch] = shapeOf(inputs, 'tokens', 2);
  const units = shapeOf(inputs, 'hidden_in', 2)[1];
  const words = shapeOf(model.graph.outputs, 'log_probs', 3)[2];
  shapeOf(model.graph.outputs, 'hidden_out', 2);
  if (typeof units !== 'number' || typeof words !== 'number') {
    throw new NascentError('input/invalid', `${path} does not say how many units and words it has`, {
      help: 'Export the model again.',
    });
  }
  const metadata = new Map(model.metadata);
  return {
    path,
    units,
    level: levelOf(path, metadata.get('level')),
    limit: limitOf(metadata.get('vocabulary_limit')),
    words,
    steps: typeof steps === 'number' ? steps : undefined,
    batch: typeof batch === 'number' ? batch : undefined,
    dataset: metadata.get('dataset'),
    vocabularySha256: metadata.get('vocabulary_sha256'),
    untrained: metadata.get('training')?.startsWith('none') === true,
  };
}

function levelOf(path: string, said = 'word'): Level {
  const found = levels.find((level) => level === said);
  if (found !== undefined) return found;
  throw new NascentError('input/invalid', `${path} reads a text by "${said}", which is not known`, {
    help: `What is known is ${levels.join(' and ')}: a later version of Nascent may know more.`,
  });
}

/** @param said what only `nascent export` writes: what else it may be is left to the digest of the vocabulary */
function limitOf(said: string | undefined): number | null {
  const limit = Number(said);
  return Number.isInteger(limit) && limit >= smallestLimit ? limit : null;
}

/** A model with the name of data that it can be run on, where one was given. */
export type ModelAndData =
  | { readonly kind: 'text'; readonly model: LanguageModel; readonly data: TextName | undefined }
  | { readonly kind: 'images'; readonly data: ImagesName | undefined };

/**
 * A language model goes with a text, any other model with images.
 *
 * @throws NascentError 'input/invalid' where it was given the other, or the language model is not as export writes it
 */
export function modelAndData(file: FacedFile, data: ImagesName | TextName | undefined): ModelAndData {
  const refuse = (message: string, help: string): never => {
    throw new NascentError('input/invalid', `${file.path} is ${message}`, { help });
  };
  if (isLanguageModel(file)) {
    if (data === undefined || isTextName(data)) return { kind: 'text', model: languageModelOf(file), data };
    return refuse(
      `a language model, and ${data} is images`,
      `Name a text with --data (${textNames.join(', ')}), or leave it out for the one that the model was made for.`,
    );
  }
  if (data === undefined || !isTextName(data)) return { kind: 'images', data };
  return refuse(
    `no language model, and ${data} is a text`,
    'Give an image dataset with --data, or a model that nascent train made of a recurrent cell.',
  );
}

/**
 * Checks that the words of the text have the numbers that the model knows them by: by the digest in the metadata, and by
 * the vocabulary beside the file.
 *
 * @throws NascentError 'input/invalid' naming the model's side and the text's, 'data/damaged'
 */
export async function requireSameWords(model: LanguageModel, corpus: TextCorpus): Promise<void> {
  const { vocabulary, title } = corpus;
  const refuse = (why: string): never => {
    throw new NascentError('input/invalid', `${model.path} ${why}`, {
      help:
        model.dataset !== undefined
          ? `The model was made for ${model.dataset}: give that with --data, and --from where it was read from there.`
          : model.untrained
            ? `It is not trained, and was made for no text: any whose vocabulary has ${model.words} ${model.level}s will do.`
            : 'Give the text that the model was made for with --data, and --from where it was not the cached one.',
    });
  };
  if (model.words !== vocabulary.size)
    refuse(`knows ${model.words} ${model.level}s, and the vocabulary of ${title} has ${vocabulary.size}`);
  if (model.vocabularySha256 !== undefined && model.vocabularySha256 !== vocabulary.sha256)
    refuse(`was made with another vocabulary than that of ${title} in ${corpus.source}`);
  if (model.vocabularySha256 !== undefined) return;
  const path = join(dirname(model.path), 'vocabulary.txt');
  const beside = await readVocabulary(path, model.level).catch((error: unknown) => {
    if (error instanceof NascentError && error.code === 'data/missing') return undefined;
    throw error;
  });
  if (beside !== undefined && beside.sha256 !== vocabulary.sha256)
    refuse(`lies beside a vocabulary, ${path}, that is not that of ${title}`);
}
