/** What a file tells of the inputs that are drawn for it, where it can be read. */
import type { OnnxTensor } from '../../proto/onnx.ts';
import { NascentError } from '../errors.ts';
import { decodeModelFile } from '../evaluate/model-file.ts';
import { fedInputs } from '../parity/fed-inputs.ts';
import { OpenExtents, type Extents } from '../parity/extents/open-extents.ts';
import { settled } from '../parity/extents/settled-extents.ts';
import type { Drawing } from './inputs.ts';

export interface KnownInputs extends Pick<Drawing, 'whole'> {
  /** Of what shapes inputs are, as `parity` draws them, where more is said of extents, and a batch of which nothing is said is this. */
  readonly shapesAt: (more: Extents, batch: number) => Drawing['shapes'];
}

/** Nothing of any input. */
export const unknown: KnownInputs = { whole: () => undefined, shapesAt: () => new Map() };

/**
 * Which whole numbers inputs may hold, by what reads them, and of what shapes they are. Of a file that cannot be read here, nothing is
 * known.
 *
 * @param given tensors that some inputs are given
 * @param extents what was said of open extents
 */
export async function knownOf(
  path: string,
  given: ReadonlyMap<string, OnnxTensor>,
  extents: Extents,
): Promise<KnownInputs> {
  try {
    const { model } = await decodeModelFile(path);
    const fed = fedInputs(model);
    const ofGiven = fed.flatMap(({ name, shape }) =>
      shape.flatMap((dim, axis): [string, number][] => {
        const extent = given.get(name)?.dims[axis];
        return typeof dim === 'string' && extent !== undefined ? [[dim, extent]] : [];
      }),
    );
    const said = { ...Object.fromEntries(ofGiven), ...extents };
    const { inputs, guesses } = settled(model, fed, said);
    const wholes = new Map(inputs.map(({ name, whole }) => [name, whole]));
    return {
      whole: (input, shapes) => wholes.get(input)?.(shapes),
      shapesAt(more, batch) {
        const open = new OpenExtents(inputs, { ...said, ...more }, guesses);
        return new Map(inputs.map((input) => [input.name, open.shapeOf(input, { batch })]));
      },
    };
  } catch (error) {
    if (!(error instanceof NascentError)) throw error;
    return unknown;
  }
}
