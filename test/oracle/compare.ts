/** The checks: which tensors of an answer each is about, and how far the two sides are apart in them. */
import { internal } from '../../src/errors.ts';
import type { Tensor } from '../../src/graph/tensor.ts';
import type { Answer } from './ours/answer.ts';
import type { AnyQuestion } from './all-questions.ts';

export interface Check {
  readonly title: string;
  /** Of the keys of an answer that belong to it. */
  readonly prefix: string;
}

const pass = [
  { title: 'logits by the batch’s statistics', prefix: 'pass/logits' },
  { title: 'logits by running statistics', prefix: 'evaluation/logits' },
  { title: 'loss', prefix: 'pass/loss' },
  { title: '∇w', prefix: 'pass/weights/' },
  { title: 'running statistics after a pass', prefix: 'pass/statistics/' },
] as const;

const after = (group: string, steps: string): readonly Check[] => [
  { title: `losses and norms, ${steps}`, prefix: `${group}/losses/` },
  { title: `weights, ${steps}`, prefix: `${group}/weights/` },
  { title: `momentum, ${steps}`, prefix: `${group}/velocity/` },
  { title: `running statistics, ${steps}`, prefix: `${group}/statistics/` },
];

const bilevel = (order: 1 | 2, steps: string): readonly Check[] => [
  { title: `α, ${steps}`, prefix: `order${order}/alphas/` },
  { title: `Adam’s moments, ${steps}`, prefix: `order${order}/adam/` },
  ...after(`order${order}`, steps),
];

const recurrentPass = [
  { title: 'loss with its penalties', prefix: 'pass/loss' },
  { title: 'negative log-likelihood', prefix: 'pass/nll' },
  { title: 'hidden state', prefix: 'pass/hidden' },
  { title: '∇w', prefix: 'pass/weights/' },
  { title: 'negative log-likelihood, nothing dropped', prefix: 'evaluation/nll' },
  { title: 'hidden state, nothing dropped', prefix: 'evaluation/hidden' },
] as const;

const recurrentBilevel = (order: 1 | 2, steps: string): readonly Check[] => [
  ...bilevel(order, steps).filter(({ prefix }) => !prefix.includes('velocity')),
  { title: `both hidden states, ${steps}`, prefix: `order${order}/hidden/` },
];

const byKind: { readonly [K in AnyQuestion['kind']]: readonly Check[] } = {
  supernet: [
    ...pass,
    { title: '∇α, first order', prefix: 'pass/alphas/' },
    { title: '∇α, second order', prefix: 'unrolled/alphas/' },
    { title: 'loss one step ahead', prefix: 'unrolled/loss' },
    { title: 'running statistics after the second order’s passes', prefix: 'unrolled/statistics/' },
    ...bilevel(1, 'three first-order steps'),
    ...bilevel(2, 'three second-order steps'),
  ],
  evaluation: [...pass, ...after('training', 'three steps')],
  'recurrent search': [
    ...recurrentPass,
    { title: 'running statistics after a pass', prefix: 'pass/statistics/' },
    { title: '∇α, first order', prefix: 'pass/alphas/' },
    { title: '∇α, second order', prefix: 'unrolled/alphas/' },
    { title: 'loss one step ahead', prefix: 'unrolled/loss' },
    { title: 'hidden state one step ahead', prefix: 'unrolled/hidden' },
    { title: 'running statistics after the second order’s passes', prefix: 'unrolled/statistics/' },
    ...recurrentBilevel(1, 'three first-order steps'),
    ...recurrentBilevel(2, 'three second-order steps'),
  ],
  recurrent: [
    ...recurrentPass,
    { title: 'weights, a step of SGD', prefix: 'first/weights/' },
    { title: 'losses and norms, SGD and averaged SGD', prefix: 'training/losses/' },
    { title: 'weights, after averaged SGD', prefix: 'training/weights/' },
    { title: 'averages, after averaged SGD', prefix: 'averages/weights/' },
    { title: 'hidden state carried over the steps', prefix: 'training/hidden' },
  ],
};

/** The checks of a question. Every key of its answer belongs to one. */
export function checksOf(question: AnyQuestion): readonly Check[] {
  const head = question.kind === 'evaluation' && question.added.auxiliary !== undefined;
  const extra = head ? [{ title: 'logits of the auxiliary head', prefix: 'pass/auxiliary' }] : [];
  return [...byKind[question.kind], ...extra];
}

export interface Outcome {
  readonly ok: boolean;
  /** Of all tensors of the check, the largest difference relative to the largest number of its tensor. */
  readonly worst: number;
  /** The tensor where that is, or what is wrong with the check itself. */
  readonly where: string;
}

/** Compares what our side made with what PyTorch made. */
export function compare(ours: Answer, theirs: Answer, { prefix }: Check, tolerance: number): Outcome {
  const keys = [...theirs.keys()].filter((key) => key.startsWith(prefix));
  const mine = [...ours.keys()].filter((key) => key.startsWith(prefix));
  const unpaired = mine.filter((key) => !theirs.has(key)).concat(keys.filter((key) => !ours.has(key)));
  if (unpaired.length > 0 || keys.length === 0) {
    return { ok: false, worst: Number.NaN, where: `only one side has ${unpaired[0] ?? prefix}` };
  }
  let [worst, where] = [0, ''];
  for (const key of keys) {
    const gap = distance(ours.get(key), theirs.get(key));
    if (!(gap <= worst)) [worst, where] = [gap, key];
    if (Number.isNaN(gap)) break;
  }
  return { ok: worst <= tolerance, worst, where };
}

/** Keys of an answer that no check is about: a check that was forgotten. */
export function unchecked(answer: Answer, list: readonly Check[]): readonly string[] {
  return [...answer.keys()].filter((key) => !list.some(({ prefix }) => key.startsWith(prefix)));
}

/** The largest difference, relative to the largest number of `theirs`; NaN where the shapes differ. */
function distance(ours: Tensor | undefined, theirs: Tensor | undefined): number {
  if (ours === undefined || theirs === undefined) throw internal('a tensor that is there is not there');
  if (ours.shape.join() !== theirs.shape.join()) return Number.NaN;
  let [most, gap] = [0, 0];
  theirs.data.forEach((value, i) => {
    most = Math.max(most, Math.abs(value));
    gap = Math.max(gap, Math.abs(value - (ours.data[i] ?? Number.NaN)));
  });
  return gap === 0 ? 0 : gap / most;
}
