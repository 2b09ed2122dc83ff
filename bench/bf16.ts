/**
 * What bfloat16 would give and take: `npm run bench:bf16 [-- --rounds 3 --batch 256 --bptt 35 --units 300 --words 10000]`.
 *
 * An experiment, not a setting. One first-order pass of the recurrent search on tfjs-node-gpu, where matrix products are most of
 * the work: in float32, and with every product's operands rounded to bfloat16 and its result taken back, which is how processors
 * with AVX-512 BF16 or AMX multiply them. Runs alternate in one process. Of loss and gradients it prints how far they are from
 * float32's, as the length of the difference to that of the gradient, beside a control: float32 with all weights moved by 1e-7.
 */
import { grad } from '../src/autodiff/grad.ts';
import { initialise } from '../src/graph/initialise.ts';
import type { Tensor } from '../src/graph/tensor.ts';
import { openLoss } from '../src/learn/loss-graph.ts';
import { Random } from '../src/random.ts';
import type { OpAttribute } from '../src/runtime/tfjs/load.ts';
import { textSupernet } from '../src/tasks/text/search.ts';
import { costs } from './support/answer-lines.ts';
import { machine } from './support/contest.ts';
import { runtimeThrough } from './support/counting.ts';
import { rnnConfigOf, rnnShapeOf, toldRnn } from './support/rnn-size.ts';
import { columns, median } from './support/table.ts';

/** TensorFlow's number for bfloat16, which the addon has no name for. */
const bfloat16 = 14;

const { size, rounds } = toldRnn();
const { batch, bptt, units, words } = size;
let [rounding, products] = [false, 0];
const { runtime } = await runtimeThrough((launch, binding) => (name, attributes, inputs, outputs) => {
  if (!rounding || name !== 'MatMul') return launch(name, attributes, inputs, outputs);
  products++;
  const made: number[] = [];
  const op = (kind: string, options: readonly OpAttribute[], operands: readonly number[]) => {
    const [result] = launch(kind, options, operands, 1);
    if (result === undefined) throw new Error(`${kind} gives nothing`);
    made.push(result.id);
    return result;
  };
  const type = (of: string, value: number) => ({ name: of, type: binding.TF_ATTR_TYPE, value });
  const cast = (id: number, from: number, to: number) =>
    op(
      'Cast',
      [type('SrcT', from), type('DstT', to), { name: 'Truncate', type: binding.TF_ATTR_BOOL, value: false }],
      [id],
    );
  const rounded = inputs.map((id) => cast(id, binding.TF_FLOAT, bfloat16).id);
  const others = attributes.filter((each) => each.name !== 'T');
  const product = op('MatMul', [...others, type('T', bfloat16)], rounded);
  const result = cast(product.id, bfloat16, binding.TF_FLOAT);
  for (const id of made) if (id !== result.id) binding.deleteTensor(id);
  return [result];
});

const random = new Random(2);
const supernet = textSupernet(rnnShapeOf(size), rnnConfigOf(size), { random: random.fork('masks') });
const loss = supernet.loss('weights', bptt);
const { b, loss: value, weights, alphas } = openLoss(loss);
const wrt = [...alphas, ...weights];
const gradients = new Map(grad(b, value, wrt).map((gradient, i) => [wrt[i]?.name ?? '', gradient]));
const graph = b.finish('pass', { loss: value, ...Object.fromEntries(gradients) });
const program = await runtime.compile(graph);
const drawn = () => Int32Array.from({ length: bptt * batch }, () => random.integer(words));
const slice = { length: bptt, batch, data: drawn(), targets: drawn() };
const started = initialise(loss.graph, random.fork('weights'));
const fed = new Set(graph.inputs.map(({ value: input }) => input.name));
const feeds = new Map([...started, ...supernet.feeds(slice)].filter(([name]) => fed.has(name)));
const moved = new Map(feeds);
for (const { value: input, role } of graph.inputs) {
  const held = feeds.get(input.name);
  if (held?.dtype !== 'float32' || role !== 'weight') continue;
  moved.set(input.name, {
    ...held,
    data: Float32Array.from(held.data, (each, i) => each * (1 + (i % 2 === 0 ? 1e-7 : -1e-7))),
  });
}

interface Way {
  readonly name: string;
  readonly rounds: boolean;
  readonly fed: ReadonlyMap<string, Tensor>;
  readonly seconds: number[];
  results: ReadonlyMap<string, Tensor>;
}

const ways: readonly Way[] = [
  { name: 'float32', rounds: false, fed: feeds, seconds: [], results: new Map() },
  { name: 'bfloat16 products', rounds: true, fed: feeds, seconds: [], results: new Map() },
  { name: 'float32, weights moved by 1e-7', rounds: false, fed: moved, seconds: [], results: new Map() },
];
for (let round = 0; round <= rounds; round++) {
  for (const way of ways) {
    rounding = way.rounds;
    const { seconds } = await costs(async () => {
      way.results = await program.run(way.fed);
    });
    // The first round pays for what is set up once.
    if (round > 0) way.seconds.push(seconds);
  }
}

const [plain] = ways;
const names = (from: typeof alphas) => from.map(({ name }) => name);
/** |a − b| / |b| over tensors of these names. */
function apart(way: Way, of: readonly string[]): string {
  let [difference, length] = [0, 0];
  for (const name of of) {
    const expected = plain?.results.get(name)?.data ?? [];
    way.results.get(name)?.data.forEach((given, i) => {
      difference += (given - (expected[i] ?? 0)) ** 2;
      length += (expected[i] ?? 0) ** 2;
    });
  }
  return way === plain ? '' : Math.sqrt(difference / length).toExponential(1);
}

console.log(machine(size.threads));
console.log(
  `\nOne pass: batch ${batch}, bptt ${bptt}, ${units} units, ${words} words; ${products / (rounds + 1)} products\n`,
);
console.log(
  columns([
    ['', 'median', 'of float32', 'loss off by', 'alphas\u2019 gradient', 'weights\u2019 gradient'],
    ...ways.map((way) => [
      way.name,
      `${median(way.seconds).toFixed(2)} s`,
      (median(way.seconds) / median(plain?.seconds ?? [])).toFixed(2),
      apart(way, ['loss']),
      apart(way, names(alphas)),
      apart(way, names(weights)),
    ]),
  ]),
);
