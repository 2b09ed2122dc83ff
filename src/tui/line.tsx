/**
 * Lines of a view, cut to the terminal's width; and views as lines.
 *
 * Ink says where lines are, and not what is on them. It takes every character of a text apart, and every cell of a screen,
 * and it keeps the measures of every text that it ever laid out: so it lays out boxes without text, and where they came to
 * lie is read from its layout. A view that counts for days needs no more memory, and a frame half the time.
 */

import { Box, renderToString } from 'ink';
import type { DOMElement } from 'ink';
import type { ReactElement } from 'react';

import { render } from './theme.ts';
import type { Look, Talk } from './theme.ts';
import { fitting, widthOfTalk } from './width.ts';

export interface LineProps {
  readonly children: Talk;
  readonly columns: number;
  readonly look: Look;
}

/** A part of a row of the screen. */
interface Part {
  readonly text: string;
  /** Its first cell, and how many it has. */
  readonly x: number;
  readonly width: number;
}

interface Drawing {
  /** From the first row; what is not given is empty. */
  readonly rows: Part[][];
  readonly places: Map<DOMElement, Place>;
}

/** The view that is being drawn. Drawing does not wait for anything. */
let drawing: Drawing | undefined;

export function Line({ children, columns, look }: LineProps): ReactElement {
  return <Lines lines={[children]} columns={columns} look={look} />;
}

export interface LinesProps {
  readonly lines: readonly Talk[];
  readonly columns: number;
  readonly look: Look;
}

/** Lines below each other: one box, because a box costs more than what is on a line. */
export function Lines({ lines, columns, look }: LinesProps): ReactElement {
  /** Called once the layout is there. */
  const place = (box: DOMElement | null) => {
    if (drawing === undefined || box === null) return;
    const { rows, places } = drawing;
    const { x, y: first, top, bottom } = placeOf(box, places);
    for (const [i, line] of lines.entries()) {
      const y = first + i;
      if (y < top || y >= bottom) continue;
      const fits = fitting(line, columns, look);
      const width = widthOfTalk(fits);
      // What is drawn later is above.
      const below = (rows[y] ?? []).filter((part) => part.x >= x + width || part.x + part.width <= x);
      rows[y] = [...below, { text: render(fits, look), x, width }];
    }
  };
  return <Box ref={place} height={lines.length} flexShrink={0} />;
}

/** Where a box is on the screen, and the rows that what is in it may be on. */
interface Place {
  readonly x: number;
  readonly y: number;
  readonly top: number;
  readonly bottom: number;
}

function placeOf(box: DOMElement, places: Map<DOMElement, Place>): Place {
  const known = places.get(box);
  if (known !== undefined) return known;
  const { yogaNode, parentNode, style } = box;
  const outer =
    parentNode === undefined ? { x: 0, y: 0, top: 0, bottom: Infinity } : placeOf(parentNode, places);
  const [left = 0, above = 0, height = 0] = [
    yogaNode?.getComputedLeft(),
    yogaNode?.getComputedTop(),
    yogaNode?.getComputedHeight(),
  ];
  const [x, y] = [outer.x + left, outer.y + above];
  const place =
    style.overflowY === 'hidden'
      ? { x, y, top: Math.max(outer.top, y), bottom: Math.min(outer.bottom, y + height) }
      : { ...outer, x, y };
  places.set(box, place);
  return place;
}

/** A view as the lines of a terminal so wide. */
export function linesOf(view: ReactElement, columns: number): readonly string[] {
  const rows: Part[][] = [];
  drawing = { rows, places: new Map() };
  try {
    // What takes no room is laid out all the same, and there is no screen for Ink to fill.
    renderToString(
      <Box position="absolute" flexDirection="column" width={columns}>
        {view}
      </Box>,
      { columns },
    );
    return Array.from(rows, (parts) => rowOf(parts ?? []));
  } finally {
    drawing = undefined;
  }
}

function rowOf(parts: readonly Part[]): string {
  let [row, end] = ['', 0];
  for (const { text, x, width } of parts.toSorted((a, b) => a.x - b.x)) {
    row += ' '.repeat(Math.max(0, x - end)) + text;
    end = Math.max(x, end) + width;
  }
  return row.trimEnd();
}
