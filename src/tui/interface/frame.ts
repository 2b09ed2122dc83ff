/** What views are drawn for, and small pieces of text that several of them show. */

import type { Look, Talk } from '../theme.ts';
import type { ClipOptions } from './clip.ts';

/** A terminal at one moment. */
export interface Frame {
  readonly columns: number;
  readonly rows: number;
  readonly look: Look;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Room for a pane's content, in cells. */
export interface Room {
  readonly width: number;
  readonly height: number;
  readonly look: Look;
  readonly now: number;
}

/** A part of a screen with a title; its content is lines, made for the room that there is. */
export interface Pane extends ClipOptions {
  readonly title: string;
  readonly lines: (room: Room) => readonly Talk[];
}

/** Smaller terminals are told so in a line. */
export const least = { columns: 40, rows: 12 } as const;

/** Whether a terminal has no room for a screen, and shows a line that says so instead. */
export function isTooSmall({ columns, rows }: { readonly columns: number; readonly rows: number }): boolean {
  return columns < least.columns || rows < least.rows;
}
