/** What is odd about a user's own images, in words: each file by its path. */

import { several, some } from './words.ts';

/** A file of another format than its name says; it is read all the same. */
export interface MisnamedImage {
  readonly path: string;
  /** As sharp calls it. */
  readonly format: string;
}

/** An image of which the middle square is but a small part. */
export interface ElongatedImage {
  readonly path: string;
  readonly width: number;
  readonly height: number;
}

/** Two files that hold the same image. */
export interface Twins {
  readonly first: string;
  readonly second: string;
  readonly inTwoClasses: boolean;
  readonly inTwoSplits: boolean;
}

export interface Odd {
  readonly misnamed?: readonly MisnamedImage[];
  readonly elongated?: readonly ElongatedImage[];
  /** Of two classes, or of two splits, or of both. */
  readonly twins?: readonly Twins[];
  /** Classes that have files, of which none can be read. */
  readonly unreadableClasses?: readonly string[];
}

export function sayOdd(
  { misnamed = [], elongated = [], twins = [], unreadableClasses = [] }: Odd,
  onNote: (note: string) => void,
): void {
  if (unreadableClasses.length > 0) onNote(`no image can be read of ${some(unreadableClasses)}`);
  if (misnamed.length > 0) {
    const named = misnamed.map(({ path, format }) => `${path} is ${format.toUpperCase()}`);
    onNote(
      `read ${several(misnamed.length, 'file')} by content: of another format than the name says (${some(named)})`,
    );
  }
  if (elongated.length > 0) {
    const named = elongated.map(({ path, width, height }) => `${path} is ${width}×${height}`);
    onNote(
      `only a small part, the middle square, is used of ${several(elongated.length, 'long image')} (${some(named)})`,
    );
  }
  sayTwins(
    'the same image is in two classes',
    twins.filter(({ inTwoClasses }) => inTwoClasses),
    onNote,
  );
  // It flatters what is measured: the network has seen the answer.
  sayTwins(
    'the same image is in two of training, validation and test',
    twins.filter(({ inTwoClasses, inTwoSplits }) => inTwoSplits && !inTwoClasses),
    onNote,
  );
}

function sayTwins(what: string, twins: readonly Twins[], onNote: (note: string) => void): void {
  if (twins.length === 0) return;
  const named = twins.map(({ first, second }) => `${first} and ${second}`);
  onNote(`${what}, ${several(twins.length, 'time')}: ${some(named)}`);
}
