/** Stages as a list, and how far the current one is, on a terminal. */

import { Box, Static, Text } from 'ink';
import type { ReactElement } from 'react';

import { formatDuration } from './format.ts';
import type { ProgressState, StageProgress, StageState, StageStatus } from './progress-state.ts';
import { fittingText, progressText } from './progress-text.ts';
import { inkStyle, marks } from './theme.ts';
import type { Meaning } from './theme.ts';

export interface ProgressViewProps {
  readonly title: string;
  readonly state: ProgressState;
  /** Milliseconds, of the clock that the state's times are of. */
  readonly now: number;
  /** The terminal's size in characters. */
  readonly columns: number;
  readonly rows: number;
}

/** The title, the current stage's bar and note, the line of earlier stages, and the line the cursor is on. */
const otherLines = 5;

/** Notes stay above, as lines that the terminal keeps; the rest is drawn anew in place. */
export function ProgressView({ title, state, now, columns, rows }: ProgressViewProps): ReactElement {
  // What does not fit on the screen cannot be drawn over, so Ink would clear the screen instead.
  const earlier = Math.max(0, state.stages.length - Math.max(1, rows - otherLines));
  return (
    <>
      <Static items={[...state.notes]}>
        {(note, index) => (
          <Text key={index} {...inkStyle('quiet')}>
            {marks.note} {note}
          </Text>
        )}
      </Static>
      <Box flexDirection="column" width={columns}>
        <Text {...inkStyle('title')}>{title}</Text>
        {earlier > 0 && (
          <Text wrap="truncate" {...inkStyle('quiet')}>
            {marks.done} {earlier} earlier
          </Text>
        )}
        {state.stages.slice(earlier).map((stage, index) => (
          <Stage key={earlier + index} stage={stage} now={now} columns={columns} />
        ))}
      </Box>
    </>
  );
}

const meanings: { readonly [S in StageStatus]: Meaning } = {
  current: 'current',
  done: 'done',
  failed: 'failed',
  stopped: 'warning',
};

interface StageProps {
  readonly stage: StageState;
  readonly now: number;
  readonly columns: number;
}

function Stage({ stage, now, columns }: StageProps): ReactElement {
  const { title, status, startedAt, endedAt = now, progress } = stage;
  return (
    <>
      <Text wrap="truncate">
        <Text {...inkStyle(meanings[status])}>{marks[status]}</Text> {title}
        <Text {...inkStyle('quiet')}> {formatDuration(endedAt - startedAt)}</Text>
      </Text>
      {status === 'current' && progress !== undefined && (
        <Progress progress={progress} now={now} columns={columns} />
      )}
    </>
  );
}

interface ProgressProps {
  readonly progress: StageProgress;
  readonly now: number;
  readonly columns: number;
}

const indent = 2;
const barColumns = { least: 10, most: 28 };

function Progress({ progress, now, columns }: ProgressProps): ReactElement {
  const { done, total, note } = progress;
  const hasBar = total > 0;
  const forText = columns - indent - (hasBar ? barColumns.least + 1 : 0);
  const text = fittingText(progressText(progress, now), forText);
  const width = Math.min(barColumns.most, columns - indent - 1 - text.length);
  return (
    <Box flexDirection="column" paddingLeft={indent}>
      <Text wrap="truncate">
        {hasBar && <Bar share={done / total} width={width} />}
        {hasBar && ' '}
        {text}
      </Text>
      {note !== undefined && (
        <Text wrap="truncate" {...inkStyle('quiet')}>
          {note}
        </Text>
      )}
    </Box>
  );
}

function Bar({ share, width }: { readonly share: number; readonly width: number }): ReactElement {
  const full = Math.max(0, Math.min(width, Math.floor(share * width)));
  return (
    <>
      <Text {...inkStyle('bar')}>{'█'.repeat(full)}</Text>
      <Text {...inkStyle('quiet')}>{'░'.repeat(Math.max(0, width - full))}</Text>
    </>
  );
}
