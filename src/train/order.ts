/** What a training is told. */
import { runOrder, type RunOrder } from '../learn/order.ts';
import { recordedTraining, type RecordedTraining } from '../tasks/recorded.ts';

/** What to train: a new run and its configuration, or the run to resume. */
export type TrainOrder = RunOrder<RecordedTraining>;

export const trainOrder = runOrder(recordedTraining);
