/** How a watched run is drawn: a header, and as many panes as there is room for. */

import { Box } from 'ink';
import type { ReactElement } from 'react';

import { Line, Lines } from '../../line.tsx';
import { span } from '../../theme.ts';
import type { Frame } from '../frame.ts';
import { PaneBox } from '../pane.tsx';
import { headerLines } from './header.ts';
import { between, layout, panesOf, widthsOf } from './layout.ts';
import { shownIn } from './watch.ts';
import type { WatchState } from './watch.ts';

export function watchView(state: WatchState, frame: Frame): ReactElement {
  const { columns, rows, look } = frame;
  const run = shownIn(state);
  if (run === undefined) {
    return (
      <Line columns={columns} look={look}>
        {span('quiet', `Waiting for ${state.path} to begin …`)}
      </Line>
    );
  }
  const header = headerLines(state, run, frame);
  const panes = panesOf(state, run);
  const room = rows - header.length;
  return (
    <Box flexDirection="column" width={columns}>
      <Lines lines={header} columns={columns} look={look} />
      {layout(state, columns, room).map((row) => (
        <Box key={row.panes.join()} flexDirection="row" columnGap={between} height={row.height}>
          {row.panes.map((name, i) => (
            <PaneBox
              key={name}
              pane={panes[name]}
              width={widthsOf(columns, row.panes.length)[i] ?? columns}
              height={row.height}
              focused={state.pane === name}
              frame={frame}
            />
          ))}
        </Box>
      ))}
    </Box>
  );
}
