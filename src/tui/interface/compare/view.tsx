/** How a comparison is drawn. */

import { Box } from 'ink';
import type { ReactElement } from 'react';

import { Lines } from '../../line.tsx';
import { span } from '../../theme.ts';
import type { Frame } from '../frame.ts';
import { PaneBox } from '../pane.tsx';
import type { CompareState } from './compare.ts';
import { between, layout, paneOf, sideLines, widthsOf } from './layout.ts';

export function compareView(state: CompareState, frame: Frame): ReactElement {
  const { columns, rows, look } = frame;
  const header = [
    [span('title', 'Comparison'), span('quiet', `  $ ${state.compared.command}`)],
    ...sideLines(state, rows),
  ];
  return (
    <Box flexDirection="column" width={columns}>
      <Lines lines={header} columns={columns} look={look} />
      {layout(state, columns, rows - header.length).map((row) => (
        <Box key={row.panes.join()} flexDirection="row" columnGap={between} height={row.height}>
          {row.panes.map((name, i) => (
            <PaneBox
              key={name}
              pane={paneOf(state, name)}
              width={widthsOf(columns, row.panes)[i] ?? columns}
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
