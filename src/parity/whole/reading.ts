/** A node that is looked at from behind, and what all kinds of readers have in common. */
import type { OnnxNode } from '../../../proto/onnx.ts';
import { anything, isLimited, within, type Demand } from './demand.ts';
import { extentOf, valuesOf } from './facts.ts';
import type { Place, Scope } from './scope.ts';

/** A node, and what is taken of what it gives. */
export interface Reading {
  readonly node: OnnxNode;
  readonly scope: Scope;
  /** What is taken of its first output. */
  readonly given: Demand;
  /** What is taken of each of its outputs. */
  readonly all: Demand;
  readonly at: (input: number) => Place;
  readonly has: (input: number) => boolean;
  /** What is taken of what nothing is known of. */
  readonly unknown: Demand;
}

/** By input; of an input without one nothing is known. */
export type Reader = (reading: Reading) => readonly Demand[];

/** Any numbers, unless what is made of them has to be within something: then nobody knows how to get there. */
export const takesAny: Reader = ({ node, all, unknown }) =>
  node.inputs.map(() => (isLimited(all) ? unknown : anything));

/** What comes out is no number of the input any more, whatever is done with it. */
export const ends: Reader = ({ node }) => node.inputs.map(() => anything);

/** Places along an axis of the value at one input, which another gives. */
export function indexOf({ at, scope, unknown }: Reading, index: number, table: number, axis: number): Demand {
  const extent = extentOf(at(table), axis);
  if (extent === undefined) return unknown;
  const known = valuesOf(at(index));
  if (known?.some((place) => place >= extent || place < -extent) === true) scope.world.isBeyond = true;
  return within(0, extent - 1);
}

export function readerText({ opType, domain, name, outputs }: OnnxNode): string {
  const op = domain === '' ? opType : `${domain}.${opType}`;
  return name === '' ? `${op} that makes "${outputs[0] ?? ''}"` : `${op} "${name}"`;
}
