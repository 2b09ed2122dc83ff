/** Which extents a model may have been made for, where those that were drawn do not fit. */
import type { OnnxModel } from '../../../proto/onnx.ts';
import { fedInputs } from '../fed-inputs.ts';
import { OpenExtents, type Extents } from './open-extents.ts';
import { byTrying, settled } from './settled-extents.ts';

/**
 * What was drawn for extents of which nobody said anything, or else for whole numbers, which a shape may hang on; and how to
 * say it. Empty where neither was.
 *
 * @param refusal why the model could not be read or run with what was drawn
 */
export function extentsAdvice(model: OnnxModel, extents: Extents, refusal: string): string {
  const { inputs, guesses } = settled(model, fedInputs(model), extents);
  const open = new OpenExtents(inputs, extents, guesses);
  const [first] = open.guessed;
  if (first === undefined) {
    const whole = inputs.filter(({ dtype }) => /^u?int/.test(dtype)).map(({ name }) => `"${name}"`);
    if (whole.length === 0) return '';
    return `Whole numbers were drawn for ${whole.join(', ')}: give what it was made for with --inputs.`;
  }
  const taken = [...open.guessed].map(([name, extent]) => `"${name}" as ${extent}`).join(', ');
  const [fit] = byTrying(model, inputs, extents, refusal, guesses) ?? [];
  const numberOf = (dim: number | string) => (typeof dim === 'number' ? dim : open.of(dim, { batch: 1 }));
  const [name, extent] = fit === undefined ? first : [fit[0], numberOf(fit[1])];
  const advice =
    fit === undefined
      ? `Another may be what it was made for: --extent '${name}=${extent < 128 ? 128 : 2 * extent}'.`
      : `It can be read with "${name}" as ${extent}: --extent '${name}=${extent}'.`;
  return `The file leaves extents open: ${taken} was taken. ${advice}`;
}
