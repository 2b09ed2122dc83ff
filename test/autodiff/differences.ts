/**
 * Gradients against central differences, in double precision.
 *
 * A function of some values is probed along one random direction v: D(h) = (f(x + hv) − f(x − hv)) / 2h against ⟨∇f, v⟩.
 * The step 2⁻¹⁷ leaves a rounding of about 1e-16/h ≈ 1e-11 and an error of about (h/L)², where L is the length over which
 * f bends: 1e-10 for most. A batch norm of two nearly equal values bends over √ε ≈ 3e-3, and leaves 6e-6. There the
 * differences of two steps say more than either: (4·D(h/2) − D(h)) / 3 has an error of (h/L)⁴, 4e-11 for it.
 */
import { GraphBuilder } from '../../src/graph/builder.ts';
import { known } from '../../src/graph/infer/rule.ts';
import { floats, sizeOf, type Tensor, type Tensors } from '../../src/graph/tensor.ts';
import type { Value } from '../../src/graph/types.ts';
import { verify } from '../../src/graph/verify.ts';
import { grad } from '../../src/autodiff/grad.ts';
import { Random } from '../../src/random.ts';
import { createReferenceRuntime } from '../../src/runtime/reference/runtime.ts';

const step = 2 ** -17;
const tolerance = 1e-6;
const runtime = createReferenceRuntime();

/** A function to differentiate: its inputs and outputs, added to a builder. */
export interface Differentiable {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** Which derivative is checked: gradients of the function, or gradients of its gradients. */
export type Order = 'first' | 'second';

/**
 * Undefined where the gradient is the limit of the differences, else a sentence about how far it is from them.
 *
 * Outputs are weighted by random numbers and summed. For the second order that sum is differentiated, and its
 * gradients are weighted and summed in turn: what is then checked is `grad` applied to its own output.
 */
export async function gradientError(
  build: (builder: GraphBuilder) => Differentiable,
  feeds: Tensors,
  order: Order,
  seed: number,
): Promise<string | undefined> {
  const b = new GraphBuilder();
  const { inputs, outputs } = build(b);
  const random = new Random(seed);
  const weights = new Map<string, Tensor>();
  const wrt = inputs.filter((input) => input.type.dtype === 'float32');
  const weigh = (values: readonly Value[], name: string): Value | undefined => {
    const dots = values.map((value, i) => {
      const weight = b.input(`${name}${i}`, value.type.shape);
      weights.set(weight.name, normal(weight, random));
      return b.op('Dot', [value, weight]);
    });
    return dots.length === 0 ? undefined : b.op('Sum', dots);
  };
  const loss = weigh(
    outputs.filter((output) => output.type.dtype === 'float32'),
    'cotangent',
  );
  if (loss === undefined || wrt.length === 0) return undefined;
  const probed = order === 'first' ? loss : weigh(grad(b, loss, wrt), 'tangent');
  if (probed === undefined) return undefined;
  const gradients = grad(b, probed, wrt);

  const named = gradients.map((gradient, i) => [`g${i}`, gradient] as const);
  const graph = verify(b.finish('differentiated', { f: probed, ...Object.fromEntries(named) }));
  const program = await runtime.compile(graph);
  const signature = new Set(graph.inputs.map(({ value }) => value.name));
  const at = async (point: Tensors) => {
    const all = new Map([...feeds, ...weights, ...point]);
    return program.run(new Map([...all].filter(([name]) => signature.has(name))));
  };

  const direction = wrt.map((value) => normal(value, random));
  const moved = (by: number): Tensors =>
    new Map(
      wrt.map((value, i) => {
        const from = feeds.get(value.name)?.data ?? [];
        const along = direction[i]?.data ?? [];
        const data = Float64Array.from(from, (x, k) => x + by * (along[k] ?? NaN));
        return [value.name, floats(knownShape(value), data)] as const;
      }),
    );
  const value = (result: Tensors) => result.get('f')?.data[0] ?? NaN;
  const here = await at(moved(0));
  const difference = async (h: number) => (value(await at(moved(h))) - value(await at(moved(-h)))) / (2 * h);
  let exact = 0;
  let scale = 1;
  direction.forEach((v, i) => {
    const g = here.get(`g${i}`)?.data ?? [];
    for (const [k, along] of v.data.entries()) {
      exact += (g[k] ?? NaN) * along;
      scale += Math.abs((g[k] ?? NaN) * along);
    }
  });
  scale = Math.max(scale, Math.abs(value(here)));
  const agrees = (differenced: number) => Math.abs(exact - differenced) <= tolerance * scale;
  const once = await difference(step);
  if (agrees(once)) return undefined;
  const limit = (4 * (await difference(step / 2)) - once) / 3;
  if (agrees(limit)) return undefined;
  return `the gradient says ${exact}, differences say ${limit}, at a scale of ${scale}`;
}

function knownShape(value: Value): number[] {
  return value.type.shape.map((dim) => known(dim, 'an extent'));
}

function normal(value: Value, random: Random): Tensor {
  const shape = knownShape(value);
  return floats(
    shape,
    Float64Array.from({ length: sizeOf(shape) }, () => random.normal()),
  );
}
