/** How a form is drawn. */

import { Box } from 'ink';
import type { ReactElement } from 'react';

import { Lines } from '../../line.tsx';
import type { Frame } from '../frame.ts';
import type { FormState } from './state.ts';
import { formLines } from './lines.ts';

export function formView(state: FormState, frame: Frame): ReactElement {
  const { columns, look } = frame;
  return (
    <Box flexDirection="column">
      <Lines lines={formLines(state, frame)} columns={columns} look={look} />
    </Box>
  );
}
