/** Between a store on a device and the tensors of a checkpoint. */
import type { z } from 'zod';
import { NascentError } from '../errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import type { CheckpointContent, CheckpointTensor } from '../run/checkpoint-file.ts';
import type { StoredCheckpoint } from '../run/checkpoints.ts';
import type { Json } from '../run/record.ts';
import type { Store } from '../runtime/runtime.ts';

/** What begins so lives within one step, and is not part of a checkpoint. */
export const scratchPrefix = 'scratch.';

/** Everything in the store that outlives a step, with `meta` beside it. */
export async function saveState(store: Store, meta: Json): Promise<CheckpointContent> {
  const kept = (name: string) => !name.startsWith(scratchPrefix);
  const tensors = new Map<string, CheckpointTensor>();
  for (const [name, { shape, data }] of await store.read(store.names().filter(kept))) {
    tensors.set(
      name,
      data instanceof Float64Array
        ? { dtype: 'float64', shape, data }
        : { dtype: 'float32', shape, data: data instanceof Float32Array ? data : Float32Array.from(data) },
    );
  }
  return { meta, tensors };
}

/** Puts the tensors of a checkpoint back in their places. */
export function restoreState(store: Store, tensors: ReadonlyMap<string, CheckpointTensor>): void {
  store.write(statesOf(tensors));
}

export function statesOf(tensors: ReadonlyMap<string, CheckpointTensor>): Map<string, Tensor> {
  // Copied: a device may go on using the array that it was given.
  return new Map(
    [...tensors].map(([name, { shape, data }]) => [name, { dtype: 'float32', shape, data: data.slice() }]),
  );
}

/**
 * Checks that a checkpoint holds the state of these graphs, tensor by tensor: it may be whole and yet be of another
 * network, or of other settings.
 *
 * @param graphs every graph that runs on the state
 * @throws NascentError 'run/damaged' naming the tensor, what it is and what it should be
 */
export function requireState({ file, tensors }: StoredCheckpoint, graphs: readonly Graph[]): void {
  const wanted = new Map<string, string>();
  for (const { value, role } of graphs.flatMap(({ inputs }) => inputs)) {
    if (role !== 'data') wanted.set(value.name, value.type.shape.join('×'));
  }
  for (const [name, shape] of wanted) {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw misfit(file, `has no tensor "${name}"`);
    const found = tensor.shape.join('×');
    if (found !== shape) throw misfit(file, `has "${name}" of the shape [${found}], not [${shape}]`);
    if (tensor.dtype === 'int32') throw misfit(file, `has "${name}" as whole numbers`);
  }
  const foreign = [...tensors.keys()].find((name) => !wanted.has(name));
  if (foreign !== undefined)
    throw misfit(file, `has a tensor "${foreign}", which this network has no place for`);
}

/**
 * What a checkpoint says beside its tensors, checked.
 *
 * @throws NascentError 'run/damaged' naming the field
 */
export function readMeta<S extends z.ZodType>(schema: S, { file, meta }: StoredCheckpoint): z.output<S> {
  const parsed = schema.safeParse(meta);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw misfit(
    file,
    `has a field "${issue?.path.join('.') ?? ''}" that is not right: ${issue?.message ?? ''}`,
  );
}

function misfit(file: string, what: string): NascentError {
  return new NascentError('run/damaged', `checkpoint ${file} does not fit this run: it ${what}`, {
    help: 'It was written by another run, or by another version of Nascent. Delete it to resume from the one before it.',
  });
}
