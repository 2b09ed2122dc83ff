/** What a report says of inputs that are drawn: what extents were, and where whole numbers were no more than 0 and 1. */
import { leastOf, mostOf } from '../extremes.ts';
import { isFloat } from '../runtime/any-tensor.ts';
import { OpenExtents, type Extents } from './extents/open-extents.ts';
import type { SeededCase } from './seeded-inputs.ts';
import type { Settled } from './extents/settled-extents.ts';

/** An extent that the file leaves open, and nobody gave. */
export interface DrawnExtent {
  readonly name: string;
  /** What it was, in one case or more. */
  readonly drawn: readonly number[];
  /** Where it is no guess: what the file makes of others, or has it be. */
  readonly follows?: string;
}

export interface SaidOfInputs {
  readonly extents?: readonly DrawnExtent[];
  /** Inputs that were fed 0 and 1 alone, with the node of which it is not known what it takes. */
  readonly bits?: readonly { readonly input: string; readonly reader: string }[];
}

export function saidOf(
  { inputs, follows, guesses }: Settled,
  cases: readonly SeededCase[],
  said: Extents,
): SaidOfInputs {
  const open = new OpenExtents(inputs, said, guesses);
  const shapes = cases.map(({ feeds }) => new Map([...feeds].map(([name, { shape }]) => [name, shape])));
  const drawnOf = (name: string): readonly number[] => {
    const extents = inputs.flatMap((input) =>
      input.shape.flatMap((dim, axis) =>
        dim === name ? shapes.map((of) => of.get(input.name)?.[axis] ?? 0) : [],
      ),
    );
    return [...new Set(extents)];
  };
  const guessed = [...open.guessed].map(([name, extent]): DrawnExtent => {
    const drawn = drawnOf(name);
    return { name, drawn: drawn.length === 0 ? [extent] : drawn };
  });
  const follow = [...follows].map(([name, extent]): DrawnExtent => ({
    name,
    drawn: typeof extent === 'number' ? [extent] : drawnOf(extent),
    follows: String(extent),
  }));
  const bits = inputs.flatMap(({ name, dtype, whole }) => {
    const reader = isFloat(dtype) ? undefined : whole(shapes[0] ?? new Map()).unknown;
    return reader === undefined ? [] : [{ input: name, reader }];
  });
  const extents = [...guessed, ...follow];
  return { ...(extents.length > 0 && { extents }), ...(bits.length > 0 && { bits }) };
}

/** Sentences for people. */
export function saidLines({ extents = [], bits = [] }: SaidOfInputs): readonly string[] {
  const texts = extents.map(({ name, drawn, follows }) => {
    const numbers = drawn.length > 6 ? `${leastOf(drawn)} to ${mostOf(drawn)}` : drawn.join(' and ');
    if (follows === undefined) return `${name} as ${numbers}`;
    return follows === numbers
      ? `${name} as ${numbers}, with which it can be read`
      : `${name} as ${follows}: ${numbers}`;
  });
  const [another] = extents.filter(({ follows }) => follows === undefined);
  return [
    ...(texts.length === 0
      ? []
      : [
          `the file leaves open: ${texts.join('; ')}` +
            (another === undefined ? '' : ` (--extent '${another.name}=…' for another)`),
        ]),
    ...bits.map(
      ({ input, reader }) =>
        `"${input}" is fed 0 and 1 alone, for it is not known what ${reader} takes of it`,
    ),
  ];
}
