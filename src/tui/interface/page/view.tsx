/** How a page of text is drawn. */

import { Box } from 'ink';
import type { ReactElement } from 'react';

import { Line, Lines } from '../../line.tsx';
import { span } from '../../theme.ts';
import type { Frame } from '../frame.ts';
import { otherRows, pageLines } from './page.ts';
import type { PageState } from './page.ts';

export function pageView(state: PageState, frame: Frame): ReactElement {
  const { columns, rows, look } = frame;
  const all = pageLines(state, frame);
  // The footer is not of this view's rows.
  const height = rows + 1 - otherRows;
  const top = Math.max(0, Math.min(state.top, all.length - height));
  const shown = all.slice(top, top + height);
  const place = all.length <= height ? '' : `  ${top + 1}–${top + shown.length} of ${all.length} lines`;
  return (
    <Box flexDirection="column">
      <Line columns={columns} look={look}>
        {[span('title', state.title), span('quiet', `  $ ${state.command}`), span('quiet', place)]}
      </Line>
      <Lines lines={shown} columns={columns} look={look} />
    </Box>
  );
}
