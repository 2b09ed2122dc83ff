/**
 * Language models of recurrent cells as models. Inputs `tokens` int64 [sequence, batch], `hidden_in` [batch, units];
 * outputs `log_probs` [sequence, batch, words], `hidden_out` [batch, units]. The vocabulary lies beside the file, its
 * digest in the metadata.
 */
import { existsSync } from 'node:fs';
import { readVocabulary, writeVocabulary, type Vocabulary } from '../data/text/vocabulary.ts';
import { NascentError } from '../errors.ts';
import { countMacs, countParameters } from '../graph/count.ts';
import { initialise } from '../graph/initialise.ts';
import { Random } from '../random.ts';
import { validateRnnGenotype } from '../space/text/genotype.ts';
import { rnnInferenceGraph } from '../space/text/inference.ts';
import type { RnnShape } from '../space/text/model.ts';
import { readCorpusFacts, vocabularyFile } from '../tasks/text/facts.ts';
import { text as task } from '../tasks/text/task.ts';
import { rnnTrainSchema } from '../tasks/text/train-settings.ts';
import type { Beside, ModelMaker } from './model.ts';
import { factsOfWeights } from './trained-facts.ts';

/** What a reader of the metadata knows the model by. */
export const languageTask = 'language-modeling';

export const textModels: ModelMaker<RnnShape> = {
  checkpoint: 'best',
  measuredOn: () => 'the validation text',
  unmeasured: 'No epoch of it has been measured yet',
  async ofRun({ run, config, checkpoint, which, seed }, { unroll }) {
    const { facts, vocabulary } = await readCorpusFacts(run);
    const { units } = rnnTrainSchema.parse(config.settings);
    const genotype = validateRnnGenotype(config.genotype);
    const shape = { words: facts.words, units };
    const graph = rnnInferenceGraph(shape, genotype, { ...(unroll !== undefined && { unroll }) });
    const weights = task.exported(checkpoint);
    return {
      graph,
      weights,
      macs: countMacs(rnnInferenceGraph(shape, genotype)),
      // So that the model of any length stays.
      name: unroll === undefined ? 'model' : 'model-unrolled',
      beside: vocabularyBeside(vocabulary),
      measuredOn: { data: config.data, from: config.from },
      metadata: {
        task: languageTask,
        dataset: facts.name,
        genotype: JSON.stringify(genotype),
        units: String(units),
        words: String(facts.words),
        // Files of words are as they were before there was a choice.
        ...(vocabulary.level !== 'word' && { level: vocabulary.level }),
        ...(facts.limited !== undefined && { vocabulary_limit: String(facts.limited.limit) }),
        vocabulary: vocabularyFile,
        vocabulary_sha256: facts.vocabulary_sha256,
        parameters: String(countParameters(graph)),
        seed: String(seed),
        ...factsOfWeights({ run, checkpoint, which }, weights, () => 'the validation text'),
        ...(facts.notes.length > 0 && { notes: facts.notes.join(' ') }),
      },
    };
  },
  async ofGenotype({ genotype: given, shape, seed }, { unroll }) {
    const genotype = validateRnnGenotype(given);
    const graph = rnnInferenceGraph(shape, genotype, { ...(unroll !== undefined && { unroll }) });
    const macs = countMacs(rnnInferenceGraph(shape, genotype));
    return {
      graph,
      weights: initialise(graph, new Random(seed).fork('weights')),
      macs,
      name: 'model',
      metadata: {
        task: languageTask,
        genotype: JSON.stringify(genotype),
        units: String(shape.units),
        words: String(shape.words),
        parameters: String(countParameters(graph)),
        macs: String(macs),
        seed: String(seed),
        training: 'none: weights as initialised from the seed',
      },
    };
  },
  untrainedNote:
    'this network is not trained: its weights are freshly initialised, it predicts nothing, and its words have no names',
};

function vocabularyBeside(vocabulary: Vocabulary): Beside {
  const check = async (path: string, replace: boolean): Promise<void> => {
    if (!replace) await requireNoOther(path, vocabulary);
  };
  return {
    name: vocabularyFile,
    title: 'vocabulary',
    entries: vocabulary.size,
    unit: `${vocabulary.level}s`,
    check,
    async write(path, replace) {
      await check(path, replace);
      await writeVocabulary(path, vocabulary);
    },
  };
}

/** A vocabulary is what the models beside it are read by: it is not replaced by that of another. */
async function requireNoOther(path: string, vocabulary: Vocabulary): Promise<void> {
  if (!existsSync(path)) return;
  const found = await readVocabulary(path, vocabulary.level).catch((error: unknown) => {
    if (error instanceof NascentError) return undefined;
    throw error;
  });
  if (found?.sha256 === vocabulary.sha256) return;
  throw new NascentError('input/invalid', `${path} exists, and is not the vocabulary of this model`, {
    help: 'The vocabulary goes beside the model: give --out a folder of its own.',
  });
}
