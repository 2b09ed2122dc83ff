/** Which extents a model may have been made for, where those that were drawn do not fit. */
import { importOnnx } from '../../exporters/onnx/import.ts';
import type { OnnxModel } from '../../proto/onnx.ts';
import { NascentError } from '../errors.ts';
import { extentName } from '../graph/extent.ts';
import { fedInputs } from './fed-inputs.ts';
import { guessedExtents } from './seeded-inputs.ts';

/** How many numbers are tried, and in how large a model: each takes a reading. */
const most = 16;
const largest = 2000;

/**
 * What was drawn for extents of which nobody said anything, and how to say it; empty where everything was said. A program
 * that traces a model with an example may leave an extent open and write the example's into a node, where the refusal
 * names it.
 *
 * @param refusal why the model could not be read or run with what was drawn
 */
export function extentsAdvice(
  model: OnnxModel,
  extents: Readonly<Record<string, number>>,
  refusal: string,
): string {
  const guessed = [...guessedExtents(fedInputs(model), extents)];
  const [first] = guessed;
  if (first === undefined) return '';
  const taken = guessed.map(([name, extent]) => `"${name}" as ${extent}`).join(', ');
  const fit = fitting(model, extents, guessed, refusal);
  const advice =
    fit === undefined
      ? `Another may be what it was made for: --extent '${first[0]}=128'.`
      : `It can be read with "${fit.name}" as ${fit.extent}: --extent '${fit.name}=${fit.extent}'.`;
  return `The file leaves extents open: ${taken} was taken. ${advice}`;
}

/** The number of the refusal that one of the extents has to be for the model to be read. */
function fitting(
  model: OnnxModel,
  extents: Readonly<Record<string, number>>,
  guessed: readonly (readonly [string, number])[],
  refusal: string,
): { readonly name: string; readonly extent: number } | undefined {
  if (model.graph.nodes.length > largest) return undefined;
  const named = new Set(Array.from(refusal.matchAll(/\d+/g), ([digits]) => Number(digits)));
  const numbers = [...named].filter((extent) => extent > 0 && extent < 2 ** 20).slice(0, most);
  const said = Object.fromEntries(
    Object.entries(extents).map(([name, extent]) => [extentName(name), extent]),
  );
  for (const [name, drawn] of guessed) {
    const extent = numbers.find(
      (each) => each !== drawn && canBeRead(model, { ...said, [extentName(name)]: each }),
    );
    if (extent !== undefined) return { name, extent };
  }
  return undefined;
}

function canBeRead(model: OnnxModel, extents: Readonly<Record<string, number>>): boolean {
  try {
    importOnnx(model, 'it', { extents });
    return true;
  } catch (error) {
    if (error instanceof NascentError) return false;
    throw error;
  }
}
