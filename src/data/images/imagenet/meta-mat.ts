/**
 * Reads `meta.mat` of the ILSVRC2012 development kit, which alone there says which class each id is: a struct array
 * `synsets` of numbers and texts.
 */

import { NascentError, messageOf } from '../../../errors.ts';
import { matText, matValues, matrices, matrixOf } from '../../../files/mat.ts';
import type { MatElement } from '../../../files/mat.ts';

const arrayClasses = { struct: 2, char: 4 } as const;

/**
 * The class of each id, for the synsets that are classes: those with none below them.
 *
 * @throws NascentError 'data/damaged' where the bytes are not such a file
 */
export function synsetsOfMeta(bytes: Buffer, path: string): ReadonlyMap<number, string> {
  try {
    const classes = new Map<number, string>();
    for (const synset of synsetRecords(bytes)) {
      const id = Number(synset['ILSVRC2012_ID']);
      const name = synset['WNID'];
      if (!Number.isInteger(id) || typeof name !== 'string') throw new Error('a synset lacks its id');
      if (synset['num_children'] === 0) classes.set(id, name);
    }
    if (classes.size === 0) throw new Error('it lists no classes');
    return classes;
  } catch (cause) {
    const reason = messageOf(cause);
    throw new NascentError('data/damaged', `${path} is not the development kit's meta.mat: ${reason}`, {
      help: 'Unpack it again from ILSVRC2012_devkit_t12.tar.gz.',
      cause,
    });
  }
}

type Value = number | string | undefined;

function synsetRecords(file: Buffer): Readonly<Record<string, Value>>[] {
  for (const { name, arrayClass, dimensions, contents } of matrices(file)) {
    if (name !== 'synsets' || arrayClass !== arrayClasses.struct) continue;
    const [nameLength, names, ...fields] = contents;
    const count = dimensions.reduce((product, length) => product * length, 1);
    const stride = matValues(nameLength)[0] ?? 0;
    const keys = Array.from({ length: (names?.data.length ?? 0) / stride }, (_, i) =>
      matText(names, i * stride, stride),
    );
    return Array.from({ length: count }, (_, i) =>
      Object.fromEntries(keys.map((key, k) => [key, valueOf(fields[i * keys.length + k])])),
    );
  }
  throw new Error('it has no synsets');
}

/** A number or a text; of anything else nothing. */
function valueOf(field: MatElement | undefined): Value {
  const { arrayClass, contents } = matrixOf(field);
  const [content] = contents;
  if (arrayClass === arrayClasses.char) return matText(content);
  const found = content === undefined ? [] : matValues(content);
  return found.length === 1 ? found[0] : undefined;
}
