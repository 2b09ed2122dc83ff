/**
 * Which value of one file is which of another: by name; else, since what made the other may have renamed all of it, by what
 * is computed, and at last by op and shape, in order, between two that are known.
 */
import type { OnnxNode } from '../../../proto/onnx.ts';
import type { AnyTensor, AnyTensors } from '../../runtime/any-tensor.ts';

/** A value of each file that should be the same. */
export interface Corresponding {
  readonly ours: string;
  readonly theirs: string;
  readonly by: 'name' | 'value' | 'shape';
}

/** What a file makes, in its order, with what came out on one input. */
export interface Made {
  readonly values: readonly (readonly [value: string, node: OnnxNode])[];
  readonly tensors: AnyTensors;
}

/**
 * In the order of the first file.
 *
 * @param named what is called the same, or stands for the other by its name
 * @param isEqual whether one is the other within what is allowed; of tensors of as many elements
 */
export function correspond(
  ours: Made,
  theirs: Made,
  named: ReadonlyMap<string, string>,
  isEqual: (name: string, our: AnyTensor, their: AnyTensor) => boolean,
): readonly Corresponding[] {
  const found = new Map<string, Corresponding>();
  const taken = new Set<string>();
  const match = (one: Corresponding) => {
    found.set(one.ours, one);
    taken.add(one.theirs);
  };
  const sizeOf = (tensor: AnyTensor | undefined) => tensor?.data.length ?? -1;
  for (const [value] of ours.values) {
    const name = named.get(value);
    if (name === undefined || sizeOf(ours.tensors.get(value)) < 0) continue;
    if (sizeOf(ours.tensors.get(value)) === sizeOf(theirs.tensors.get(name)))
      match({ ours: value, theirs: name, by: 'name' });
  }
  for (const [value] of ours.values) {
    const our = ours.tensors.get(value);
    if (found.has(value) || our === undefined || saysNothing(our)) continue;
    const equal = theirs.values.find(([name]) => {
      const their = theirs.tensors.get(name);
      if (their === undefined || taken.has(name) || their.data.length !== our.data.length) return false;
      return isNear(our, their) && isEqual(value, our, their);
    });
    if (equal !== undefined) match({ ours: value, theirs: equal[0], by: 'value' });
  }
  for (const one of byShape(ours, theirs, found, taken)) match(one);
  return ours.values.flatMap(([value]) => found.get(value) ?? []);
}

/** Those that are left, where between two that are known as many of an op and a shape are left in one file as in the other. */
function byShape(
  ours: Made,
  theirs: Made,
  found: ReadonlyMap<string, Corresponding>,
  taken: ReadonlySet<string>,
): readonly Corresponding[] {
  const places = new Map(theirs.values.map(([value], i) => [value, i]));
  const gaps = new Map<string, { readonly ours: string[]; readonly theirs: string[] }>();
  const gapOf = (after: number, node: OnnxNode, { shape }: AnyTensor) => {
    const key = JSON.stringify([after, node.opType, shape]);
    const gap = gaps.get(key) ?? { ours: [], theirs: [] };
    gaps.set(key, gap);
    return gap;
  };
  let last = -1;
  for (const [value, node] of ours.values) {
    const known = found.get(value);
    const tensor = ours.tensors.get(value);
    if (known !== undefined) last = Math.max(last, places.get(known.theirs) ?? -1);
    else if (tensor !== undefined) gapOf(last, node, tensor).ours.push(value);
  }
  last = -1;
  theirs.values.forEach(([value, node], place) => {
    const tensor = theirs.tensors.get(value);
    if (taken.has(value)) last = place;
    else if (tensor !== undefined) gapOf(last, node, tensor).theirs.push(value);
  });
  return [...gaps.values()].flatMap((gap) =>
    gap.ours.length === gap.theirs.length
      ? gap.ours.map((value, i): Corresponding => ({ ours: value, theirs: gap.theirs[i] ?? '', by: 'shape' }))
      : [],
  );
}

/** Whether all of it is one number, as a thousand others may be. */
function saysNothing({ data }: AnyTensor): boolean {
  return data.every((value) => value === data[0]);
}

/** Whether some of its elements are about the same: most that are not equal are nowhere near. */
function isNear({ data: a }: AnyTensor, { data: b }: AnyTensor): boolean {
  const step = Math.max(1, Math.floor(a.length / 16));
  let [size, far] = [0, 0];
  for (let i = 0; i < a.length; i += step) {
    size = Math.max(size, Math.abs(a[i] ?? 0));
    far = Math.max(far, Math.abs((a[i] ?? 0) - (b[i] ?? 0)));
  }
  return far <= 0.05 * size;
}
