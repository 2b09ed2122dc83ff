/** What both sides are asked about recurrent networks: a search, and the training of a cell, each with texts and masks. */
import { initialise } from '../../src/graph/initialise.ts';
import { sizeOf, type Tensor } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { Random } from '../../src/random.ts';
import { rnnSearchPresets, type RnnSearchConfig } from '../../src/tasks/text/search-settings.ts';
import { rnnSearchLoss, type RnnSupernetShape } from '../../src/tasks/text/search-loss.ts';
import type { RnnGenotype } from '../../src/space/text/genotype.ts';
import { drawMasks } from '../../src/space/text/masks.ts';
import type { RnnShape } from '../../src/space/text/model.ts';
import type { NetworkSettings } from '../../src/space/text/networks.ts';
import { publishedRnnGenotypes } from '../../src/space/text/published.ts';
import { rnnPrimitives } from '../../src/space/text/primitives.ts';
import { dropoutRates } from '../../src/tasks/text/dropout-settings.ts';
import { derivedLoss } from '../../src/tasks/text/training-step.ts';
import { toTorch } from './recurrent-names.ts';

interface Common {
  readonly title: string;
  readonly settings: RnnSearchConfig;
  /** Names of ours → weights, running statistics and alphas. */
  readonly state: ReadonlyMap<string, Tensor>;
}

export interface RecurrentSearchQuestion extends Common {
  readonly kind: 'recurrent search';
  readonly shape: RnnSupernetShape;
}

export interface RecurrentQuestion extends Common {
  readonly kind: 'recurrent';
  readonly shape: RnnShape;
  readonly genotype: RnnGenotype;
  /** Learning rates of the training steps: the first is of plain SGD, the others are of averaged SGD. */
  readonly rates: readonly number[];
}

export type AnyRecurrentQuestion = RecurrentSearchQuestion | RecurrentQuestion;

/** Bilevel steps that are followed. */
export const recurrentSteps = 3;

/** The passes of a step in the order in which they draw their masks. */
export const passesOf = {
  1: ['valid', 'weight'],
  2: ['valid', 'training', 'plus', 'minus', 'weight'],
} as const;

const words = 11;

/** Every dropout, and a slowness that shows. */
const small: RnnSearchConfig = {
  ...rnnSearchPresets['darts-rnn'],
  units: 6,
  batch_size: 5,
  bptt: 4,
  dropout_output: 0.25,
  dropout_hidden: 0.25,
  dropout_x: 0.5,
  dropout_input: 0.25,
  dropout_embedding: 0.125,
  rate: 0.25,
};

export function recurrentQuestions(): readonly AnyRecurrentQuestion[] {
  const { DARTS_V1, DARTS_V2, ENAS } = publishedRnnGenotypes;
  // What the paper's settings would leave within the tolerance.
  const large = {
    ...small,
    rate: 1,
    clip: 0.125,
    weight_decay: 0.01,
    activation: 0.5,
    slowness: 0.5,
    alpha_rate: 0.02,
    alpha_weight_decay: 0.05,
  };
  return [
    // Rounding in the difference quotient grows with the rate: at 0.25 PyTorch's own single precision is 1.4e-4 off.
    ...(['moved', 'held'] as const).flatMap((virtual_embedding) => {
      const gentle = { ...small, clip: 4, rate: 0.0625, virtual_embedding };
      const title = `recurrent search, embedding ${virtual_embedding}`;
      return [
        searchQuestion(`${title}, no clip that bites`, gentle, 8, 11),
        searchQuestion(`${title}, large steps and a clip that bites`, { ...large, virtual_embedding }, 4, 12),
      ];
    }),
    cellQuestion('recurrent DARTS_V2', DARTS_V2, { ...large, activation: 0 }, 13),
    cellQuestion('recurrent DARTS_V1, no clip that bites', DARTS_V1, { ...small, clip: 4 }, 14),
    cellQuestion('recurrent ENAS', ENAS, large, 15),
  ];
}

function searchQuestion(
  title: string,
  settings: RnnSearchConfig,
  nodes: number,
  seed: number,
): RecurrentSearchQuestion {
  const shape = { words, units: settings.units, nodes, primitives: rnnPrimitives };
  const { graph } = rnnSearchLoss(shape, networkSettings(settings));
  const about = `${title}: ${nodes} nodes, ${describe(settings)}`;
  return { kind: 'recurrent search', title: about, shape, settings, state: startOf(graph, seed) };
}

function cellQuestion(
  title: string,
  genotype: RnnGenotype,
  settings: RnnSearchConfig,
  seed: number,
): RecurrentQuestion {
  const shape = { words, units: settings.units };
  const graph = derivedLoss(shape, genotype, networkSettings(settings));
  return {
    kind: 'recurrent',
    title: `${title}: ${describe(settings)}`,
    shape,
    genotype,
    settings,
    rates: [1, 0.5, 1.5, 0.25, 1].map((share) => share * settings.rate),
    state: startOf(graph, seed),
  };
}

export function networkSettings(settings: RnnSearchConfig): NetworkSettings {
  const { bptt: steps, batch_size: batch, activation, slowness } = settings;
  return { steps, batch, rates: dropoutRates(settings), penalties: { activation, slowness } };
}

/** `tokens` and `targets` that step `step` takes from `split`. */
export function textOf(
  { settings }: AnyRecurrentQuestion,
  split: 'train' | 'valid',
  step: number,
): {
  readonly data: Int32Array;
  readonly targets: Int32Array;
  readonly length: number;
  readonly batch: number;
} {
  const random = new Random(98).fork(`${split}.${step}`);
  const { bptt: length, batch_size: batch } = settings;
  const drawn = () => Int32Array.from({ length: length * batch }, () => random.integer(words));
  return { length, batch, data: drawn(), targets: drawn() };
}

/** What the masks of a group of passes are drawn from. */
export function maskRandom(group: string): Random {
  return new Random(97).fork(group);
}

export function masksFrom({ settings, shape }: AnyRecurrentQuestion, random: Random): Map<string, Tensor> {
  return drawMasks(random, dropoutRates(settings), { ...shape, batch: settings.batch_size });
}

/** A hidden state of either text, under way. */
export function hiddenOf({ settings }: AnyRecurrentQuestion, text: 'training' | 'valid'): Tensor {
  return normal([settings.batch_size, settings.units], new Random(96).fork(text), 0.5);
}

/** The question as PyTorch reads it. */
export function recurrentForTorch(question: AnyRecurrentQuestion): {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly given: Map<string, Tensor>;
} {
  const { kind, shape, settings } = question;
  const given = new Map<string, Tensor>();
  const [states, others] = toTorch(question.state);
  for (const [name, tensor] of states) given.set(`state/${name}`, tensor);
  for (const [name, tensor] of others) given.set(name, tensor);
  for (const text of ['training', 'valid'] as const) given.set(`hidden.${text}`, hiddenOf(question, text));
  const addMasks = (name: string, random: Random) => {
    for (const [mask, tensor] of masksFrom(question, random)) given.set(`masks.${name}/${mask}`, tensor);
  };
  addMasks('pass', maskRandom('pass'));
  const steps = kind === 'recurrent' ? question.rates.length : recurrentSteps;
  for (let step = 0; step < steps; step++) {
    for (const split of ['train', 'valid'] as const) {
      const { data, targets, length, batch } = textOf(question, split, step);
      given.set(`${split}.${step}/tokens`, { dtype: 'int64', shape: [length, batch], data });
      given.set(`${split}.${step}/targets`, { dtype: 'int64', shape: [length, batch], data: targets });
    }
    if (kind === 'recurrent') addMasks(String(step), maskRandom(String(step)));
    else {
      for (const order of [1, 2] as const) {
        const random = maskRandom(`${order}.${step}`);
        for (const pass of passesOf[order]) addMasks(`${order}.${step}.${pass}`, random);
      }
    }
  }
  const network = { kind, words: shape.words, units: shape.units };
  const rest =
    kind === 'recurrent'
      ? { nodes: question.genotype.nodes.length, genotype: question.genotype }
      : { nodes: question.shape.nodes, primitives: question.shape.primitives };
  const rates = kind === 'recurrent' ? { rates: question.rates } : {};
  return {
    spec: { network: { ...network, ...rest }, settings: { ...settings, ...rates, steps: recurrentSteps } },
    given,
  };
}

/** Everything away from where it would start, and weights of a size at which activations bend. */
function startOf(graph: Graph, seed: number): Map<string, Tensor> {
  const random = new Random(seed);
  const state = initialise(graph, random);
  for (const [name, { shape }] of state) {
    const own = random.fork(`start of ${name}`);
    if (name.endsWith('running_variance')) {
      const data = Float32Array.from({ length: sizeOf(shape) }, () => 0.5 + own.uniform());
      state.set(name, { dtype: 'float32', shape, data });
    } else state.set(name, normal(shape, own, 0.5));
  }
  return state;
}

function normal(shape: readonly number[], random: Random, deviation: number): Tensor {
  const data = Float32Array.from({ length: sizeOf(shape) }, () => deviation * random.normal());
  return { dtype: 'float32', shape, data };
}

function describe({ units, batch_size, bptt }: RnnSearchConfig): string {
  return `${units} units, batch ${batch_size}, ${bptt} steps`;
}
