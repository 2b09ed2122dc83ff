/** Stages as a list, and how far the current one is, on a terminal. */

import { Box } from 'ink';
import type { ReactElement } from 'react';

import { formatDuration } from '../run/duration.ts';
import { bar, marks } from './glyphs.ts';
import { Line, linesOf } from './line.tsx';
import { marked } from './marked.ts';
import type { ProgressState, StageProgress, StageState } from './progress-state.ts';
import { fittingText, progressText } from './progress-text.ts';
import { span } from './theme.ts';
import type { Look, Talk } from './theme.ts';

export interface ProgressViewProps {
  readonly title: string;
  readonly state: ProgressState;
  /** Milliseconds, of the clock that the state's times are of. */
  readonly now: number;
  /** The terminal's size in characters. */
  readonly columns: number;
  readonly rows: number;
  readonly look: Look;
}

/** The view as lines, none of them wider than `columns`. */
export function progressLines(props: ProgressViewProps): readonly string[] {
  return linesOf(<ProgressView {...props} />, props.columns);
}

/** The title, the current stage's bar and note, the line of earlier stages, and the line the cursor is on. */
const otherLines = 5;

function ProgressView({ title, state, now, columns, rows, look }: ProgressViewProps): ReactElement {
  const shown = state.stages.slice(-Math.max(1, rows - otherLines));
  const earlier = state.earlier + state.stages.length - shown.length;
  const size = { columns, look };
  return (
    <Box flexDirection="column" width={columns}>
      <Line {...size}>{span('title', title)}</Line>
      {earlier > 0 && <Line {...size}>{span('quiet', `${marks.done} ${earlier} earlier`)}</Line>}
      {shown.map((stage, index) => (
        <Stage key={earlier + index} stage={stage} now={now} {...size} />
      ))}
    </Box>
  );
}

interface StageProps {
  readonly stage: StageState;
  readonly now: number;
  readonly columns: number;
  readonly look: Look;
}

function Stage({ stage, now, ...size }: StageProps): ReactElement {
  const { title, status, startedAt, endedAt = now, progress } = stage;
  return (
    <>
      <Line {...size}>
        {[marked(status), title, span('quiet', ` ${formatDuration(endedAt - startedAt)}`)]}
      </Line>
      {status === 'current' && progress !== undefined && <Progress progress={progress} now={now} {...size} />}
    </>
  );
}

interface ProgressProps {
  readonly progress: StageProgress;
  readonly now: number;
  readonly columns: number;
  readonly look: Look;
}

const indent = 2;
const barColumns = { least: 10, most: 28 };

function Progress({ progress, now, columns, look }: ProgressProps): ReactElement {
  const { done, total, note } = progress;
  const hasBar = total > 0;
  const forText = columns - indent - (hasBar ? barColumns.least + 1 : 0);
  const text = fittingText(progressText(progress, now), forText);
  const width = Math.min(barColumns.most, columns - indent - 1 - text.length);
  const size = { columns: columns - indent, look };
  return (
    <Box flexDirection="column" paddingLeft={indent}>
      <Line {...size}>{hasBar ? [...barOf(done / total, width), ' ', text] : text}</Line>
      {note !== undefined && <Line {...size}>{span('quiet', note)}</Line>}
    </Box>
  );
}

function barOf(share: number, width: number): readonly Talk[] {
  const full = Math.max(0, Math.min(width, Math.floor(share * width)));
  return [span('bar', bar.full.repeat(full)), span('quiet', bar.rest.repeat(Math.max(0, width - full)))];
}
