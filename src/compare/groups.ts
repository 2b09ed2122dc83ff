/** Which parts of what is compared can be compared: those of one stage (a search, a training) and one task. */
import type { TaskName } from '../tasks/task.ts';
import type { ReadSide, ReadStage } from './read-side.ts';

export interface Group {
  readonly stage: 'search' | 'train';
  readonly task: TaskName;
  /** In the order of the sides; a side is in a group at most once. */
  readonly members: readonly { readonly side: number; readonly of: ReadStage }[];
}

const order = ['search', 'train'] as const;

export function groupsOf(sides: readonly ReadSide[]): readonly Group[] {
  return order.flatMap((stage) =>
    (['images', 'text'] as const).flatMap((task) => {
      const members = sides.flatMap(({ stages, task: own }, side) =>
        stages
          .filter((each) => each.stage === stage && (each.task ?? own) === task)
          .map((of) => ({ side, of })),
      );
      return members.length === 0 ? [] : [{ stage, task, members }];
    }),
  );
}
