/** Which tensor is in which file: those with a name, then the others in the order of the model. */
import { z } from 'zod';
import { NascentError } from '../errors.ts';

const shape = 'Expected an object such as { file: "x.npy" }, or { name: "x", file: "x.npy" }';

/** A file of a tensor, for the input or output of that name, or for whichever comes next. */
export const namedFile = z.strictObject(
  { name: z.string().optional(), file: z.string({ error: shape }) },
  { error: ({ code }) => (code === 'invalid_type' ? shape : undefined) },
);
export type NamedFile = Readonly<z.output<typeof namedFile>>;

/**
 * Files by the names of the inputs, or of the outputs, of a model.
 *
 * @throws NascentError 'input/unknown', 'input/invalid' where there are too many, or one is given twice
 */
export function assign(
  what: 'input' | 'output',
  ports: readonly { readonly name: string }[],
  files: readonly NamedFile[],
): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  for (const { name, file } of files) {
    if (name === undefined) continue;
    if (!ports.some((port) => port.name === name)) {
      throw new NascentError('input/unknown', `the model has no ${what} "${name}"`, {
        help: `Its ${what}s are ${ports.map((port) => port.name).join(', ') || 'none'}.`,
      });
    }
    if (named.has(name)) {
      throw new NascentError('input/invalid', `the ${what} "${name}" is given twice`, {
        help: 'Give it once.',
      });
    }
    named.set(name, file);
  }
  const free = ports.filter(({ name }) => !named.has(name));
  const others = files.filter(({ name }) => name === undefined);
  if (others.length > free.length) {
    throw new NascentError(
      'input/invalid',
      `${files.length} ${what}s are given, and the model ${what === 'input' ? 'takes' : 'gives'} ${ports.length}: ${ports.map(({ name }) => name).join(', ')}`,
      { help: 'Leave out those that are too many; one by its name is beside those in order.' },
    );
  }
  others.forEach(({ file }, i) => named.set(free[i]?.name ?? '', file));
  return named;
}
