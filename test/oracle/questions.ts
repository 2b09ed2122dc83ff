/**
 * What both sides are asked: a network, its starting state, and batches. Everything is drawn here, and is exact in
 * float32, so that both sides start from the same numbers in either precision.
 */
import { initialise } from '../../src/graph/initialise.ts';
import { sizeOf, type Tensor } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { Random } from '../../src/random.ts';
import { searchPresets, type SearchConfig } from '../../src/tasks/images/search-settings.ts';
import { supernetLoss } from '../../src/tasks/images/supernet-loss.ts';
import type { CnnShape } from '../../src/space/images/cnn.ts';
import type { CnnGenotype } from '../../src/space/images/genotype.ts';
import { dartsPrimitives } from '../../src/space/images/primitives.ts';
import { publishedGenotypes } from '../../src/space/images/published.ts';
import type { SupernetShape } from '../../src/space/images/supernet.ts';
import { dropPathCount, dropPathInput } from '../../src/space/images/drop-path.ts';
import { dropPathMasks } from '../../src/tasks/images/drop-path.ts';
import { trainingStep, type LossOptions } from '../../src/tasks/images/training-step.ts';
import { torchNames, type SupernetNames } from './names.ts';

interface Common {
  readonly title: string;
  readonly settings: SearchConfig;
  readonly batch: number;
  /** Names of ours → weights, running statistics and alphas. */
  readonly state: ReadonlyMap<string, Tensor>;
  readonly names: SupernetNames;
}

export interface SupernetQuestion extends Common {
  readonly kind: 'supernet';
  readonly shape: SupernetShape;
  /** Names of weights of ours → momentum, for the look-ahead of the second order. */
  readonly velocities: ReadonlyMap<string, Tensor>;
}

export interface EvaluationQuestion extends Common {
  readonly kind: 'evaluation';
  readonly shape: CnnShape;
  readonly genotype: CnnGenotype;
  /** What training adds: auxiliary head, label smoothing, drop path. */
  readonly added: LossOptions;
}

export type Question = SupernetQuestion | EvaluationQuestion;

/** Bilevel or training steps that are followed. */
export const stepCount = 3;

const classes = 5;

/** Reductions one after the other (L = 4: cells 1 and 2), and a normal cell after them. */
const small = { channels: 4, layers: 4, classes, image: [3, 8, 8] } as const;

export function questions(): readonly Question[] {
  const { DARTS_V1, DARTS_V2, NASNet, AmoebaNet } = publishedGenotypes;
  const darts = searchPresets.darts;
  return [
    supernetQuestion('supernet, the paper’s settings', { ...small, layers: 3, nodes: 4 }, darts, 1),
    // Large steps and a clip that bites: what three small steps would leave within the tolerance.
    supernetQuestion(
      'supernet, large steps',
      { ...small, layers: 3, nodes: 2 },
      { ...darts, rate: 0.05, alpha_rate: 0.003, clip: 0.5, weight_decay: 0.01, alpha_weight_decay: 0.05 },
      2,
    ),
    evaluationQuestion('DARTS_V2', DARTS_V2, 3),
    evaluationQuestion('DARTS_V1, a clip that bites', DARTS_V1, 4, {
      settings: { ...darts, rate: 0.2, clip: 0.5 },
    }),
    evaluationQuestion('AmoebaNet', AmoebaNet, 5),
    evaluationQuestion('NASNet', NASNet, 6),
    // The smallest images that leave the auxiliary heads the maps that they are for.
    evaluationQuestion('DARTS_V2, auxiliary head and drop path', DARTS_V2, 7, {
      shape: { ...small, layers: 3, image: [3, 32, 32] },
      added: { auxiliary: 0.4, dropPath: 0.3 },
    }),
    evaluationQuestion('DARTS_V2 for ImageNet, auxiliary head and label smoothing', DARTS_V2, 8, {
      shape: { ...small, layers: 3, image: [3, 224, 224], stem: 'imagenet' },
      added: { auxiliary: 0.4, labelSmoothing: 0.1 },
      batch: 2,
    }),
  ];
}

function supernetQuestion(
  title: string,
  size: CnnShape & { readonly nodes: number },
  settings: SearchConfig,
  seed: number,
): SupernetQuestion {
  const shape: SupernetShape = { ...size, primitives: dartsPrimitives };
  const batch = 6;
  const { graph } = supernetLoss(shape, batch);
  const random = new Random(seed);
  const velocities = graph.inputs
    .filter(({ role }) => role === 'weight')
    .map(({ value }) => [value.name, normal(value.type.shape as number[], random, 0.1)] as const);
  return {
    kind: 'supernet',
    title: describe(title, shape, batch),
    shape,
    settings,
    batch,
    state: startOf(graph, random),
    names: shape,
    velocities: new Map(velocities),
  };
}

function evaluationQuestion(
  title: string,
  genotype: CnnGenotype,
  seed: number,
  options: Partial<Pick<EvaluationQuestion, 'shape' | 'settings' | 'added' | 'batch'>> = {},
): EvaluationQuestion {
  const { shape = { ...small, image: [3, 8, 12] }, settings = searchPresets.darts } = options;
  const { added = {}, batch = 4 } = options;
  const { graph } = trainingStep(shape, genotype, batch, sgdOf(settings), added);
  return {
    kind: 'evaluation',
    title: describe(title, shape, batch),
    shape,
    genotype,
    added,
    settings,
    batch,
    state: startOf(graph, new Random(seed)),
    names: { nodes: 0, primitives: [] },
  };
}

export function sgdOf(settings: SearchConfig) {
  return { momentum: settings.momentum, weightDecay: settings.weight_decay, clip: settings.clip };
}

/** `image`, `labels` and, with drop path, its masks, of the batch that step `step` takes from `split`. */
export function batchOf(question: Question, split: 'train' | 'valid', step: number): Map<string, Tensor> {
  const random = new Random(99).fork(`${split}.${step}`);
  const { batch, shape } = question;
  const labels = Int32Array.from({ length: batch }, () => random.integer(classes));
  const feeds = new Map<string, Tensor>([
    ['image', normal([batch, ...shape.image], random, 1)],
    ['labels', { dtype: 'int64', shape: [batch], data: labels }],
  ]);
  if (question.kind === 'evaluation' && question.added.dropPath !== undefined) {
    const masks = batch * dropPathCount(shape, question.genotype);
    feeds.set(dropPathInput, dropPathMasks(masks, question.added.dropPath, random));
  }
  return feeds;
}

/** The question as PyTorch reads it: one line of its list, and the tensors that go with it. */
export function forTorch(question: Question): {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly given: Map<string, Tensor>;
} {
  const { shape, settings, names, kind } = question;
  const { channels, layers } = shape;
  const network = { kind, channels, layers, classes: shape.classes };
  const given = new Map<string, Tensor>();
  for (const [name, tensor] of question.state) {
    if (name.startsWith('alpha.')) given.set(name, tensor);
    else for (const theirs of torchNames(name, names)) given.set(`state/${theirs}`, tensor);
  }
  if (kind === 'supernet') {
    for (const [name, tensor] of question.velocities)
      for (const theirs of torchNames(name, names)) given.set(`velocity/${theirs}`, tensor);
  }
  for (const split of ['train', 'valid'] as const) {
    for (let step = 0; step < stepCount; step++) {
      for (const [name, tensor] of batchOf(question, split, step))
        given.set(`${split}.${step}/${name}`, tensor);
    }
  }
  const rest =
    kind === 'supernet'
      ? { nodes: question.shape.nodes, primitives: question.shape.primitives }
      : {
          genotype: question.genotype,
          stem: question.shape.stem ?? 'cifar10',
          auxiliary: question.added.auxiliary !== undefined,
        };
  const added =
    kind === 'supernet'
      ? {}
      : { auxiliary: question.added.auxiliary ?? 0, label_smoothing: question.added.labelSmoothing ?? 0 };
  const told = { ...settings, ...added, steps: stepCount };
  return { spec: { network: { ...network, ...rest }, settings: told }, given };
}

/** The graph's own initial weights; alphas, running statistics and affine batch norm away from where they would start. */
function startOf(graph: Graph, random: Random): Map<string, Tensor> {
  const state = initialise(graph, random);
  for (const { value, role } of graph.inputs) {
    const start = state.get(value.name);
    if (start === undefined) continue;
    if (role === 'optimizer') {
      state.delete(value.name);
      continue;
    }
    const own = random.fork(`start of ${value.name}`);
    if (role === 'alpha') state.set(value.name, normal(start.shape, own, 0.5));
    if (/\.(running_variance|scale)$/.test(value.name)) state.set(value.name, around(1, start.shape, own));
    if (/\.(running_mean|bn\.bias)$/.test(value.name)) state.set(value.name, around(0, start.shape, own));
  }
  return state;
}

function normal(shape: readonly number[], random: Random, deviation: number): Tensor {
  const data = Float32Array.from({ length: sizeOf(shape) }, () => deviation * random.normal());
  return { dtype: 'float32', shape, data };
}

function around(middle: number, shape: readonly number[], random: Random): Tensor {
  const data = Float32Array.from({ length: sizeOf(shape) }, () => middle + random.uniform() - 0.5);
  return { dtype: 'float32', shape, data };
}

function describe(title: string, { channels, layers, image }: CnnShape, batch: number): string {
  const [, height, width] = image;
  return `${title}: C = ${channels}, L = ${layers}, batch ${batch}, ${height} × ${width}`;
}
