/** A pane: a rule with its title, and its lines. */

import { Box } from 'ink';
import type { ReactElement } from 'react';

import { Lines } from '../line.tsx';
import { span } from '../theme.ts';
import { widthOfTalk } from '../width.ts';
import { clipped } from './clip.ts';
import type { Frame, Pane } from './frame.ts';

export interface PaneProps {
  readonly pane: Pane;
  readonly width: number;
  readonly height: number;
  readonly focused: boolean;
  readonly frame: Frame;
}

export function PaneBox({ pane, width, height, focused, frame }: PaneProps): ReactElement {
  const { look, now } = frame;
  const room = { width, height: Math.max(0, height - 1), look, now };
  const lines = clipped(pane.lines(room), room.height, pane);
  const rule = '─'.repeat(Math.max(0, width - widthOfTalk(pane.title) - 4));
  const meaning = focused ? 'current' : 'quiet';
  const title = [
    span(meaning, '── '),
    span(focused ? 'current' : 'strong', pane.title),
    span(meaning, ` ${rule}`),
  ];
  return (
    <Box flexDirection="column" width={width} height={height} flexShrink={0}>
      <Lines lines={[title, ...lines]} columns={width} look={look} />
    </Box>
  );
}
