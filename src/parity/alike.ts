/** That two runtimes give outputs of one kind, so that their numbers can be compared. */
import { NascentError } from '../errors.ts';
import { isFloat, showTensor, type AnyTensor } from '../runtime/any-tensor.ts';

/** A runtime ran, and gave something of another kind: it differs, without a number to say how far. */
export class OtherKind extends NascentError {}

/**
 * A graph that was read from a file may hold a value in a wider type than the file does.
 *
 * @throws OtherKind, 'runtime/failed', where the runtime gives another output than the baseline
 */
export function alike(name: string, given: AnyTensor | undefined, wanted: AnyTensor): AnyTensor {
  const isSameShape =
    given?.shape.length === wanted.shape.length &&
    given.shape.every((extent, axis) => extent === wanted.shape[axis]);
  if (given !== undefined && isSameShape && isFloat(given.dtype) === isFloat(wanted.dtype)) return given;
  throw new OtherKind(
    'runtime/failed',
    `output "${name}" is ${given === undefined ? 'missing' : showTensor(given)}, and ${showTensor(wanted)} elsewhere`,
    { help: 'The model is read otherwise than it was written.' },
  );
}
