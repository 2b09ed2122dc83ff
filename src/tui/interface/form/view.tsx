/** How a form is drawn. */

import { Box } from 'ink';
import type { ReactElement } from 'react';

import { Line } from '../../line.tsx';
import type { Frame } from '../frame.ts';
import type { FormState } from './state.ts';
import { formLines } from './lines.ts';

export function formView(state: FormState, frame: Frame): ReactElement {
  const { columns, look } = frame;
  return (
    <Box flexDirection="column">
      {formLines(state, frame).map((line, i) => (
        // Lines have no names of their own; they are where they are.
        // oxlint-disable-next-line react/no-array-index-key
        <Line key={i} columns={columns} look={look}>
          {line}
        </Line>
      ))}
    </Box>
  );
}
