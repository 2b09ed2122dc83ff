/** Every job: what it is told, which module it is in. What comes of it is what its function returns. */

import type { AnyValidateOrder } from '../../evaluate/validate.ts';
import type { ExportOrder } from '../../model/export.ts';
import type { ParityOrder } from '../../parity/parity.ts';
import { jobFor } from '../../run/jobs.ts';
import type { JobRow } from '../../run/jobs.ts';
import type { SearchOrder } from '../../search/job.ts';
import type { TrainOrder } from '../../train/job.ts';

/** The table. */
export const jobs = {
  search: jobFor<SearchOrder>()(async () => (await import('../../search/job.ts')).searchJob, folderOf),
  train: jobFor<TrainOrder>()(async () => (await import('../../train/job.ts')).trainJob, folderOf),
  export: jobFor<ExportOrder>()(async () => (await import('../../model/export.ts')).exportJob),
  validate: jobFor<AnyValidateOrder>()(async () => (await import('../../evaluate/validate.ts')).validateJob),
  parity: jobFor<ParityOrder>()(async () => (await import('../../parity/parity.ts')).parityJob),
};

/** The name of a job. */
export type JobName = keyof typeof jobs;
/** What a job is told. */
export type OrderOf<N extends JobName> = (typeof jobs)[N] extends JobRow<infer O, infer _> ? O : never;
/** What comes of a job. */
export type OutcomeOf<N extends JobName> = (typeof jobs)[N] extends JobRow<infer _, infer R> ? R : never;

/** The folder of the run that an order is to make or to resume. */
function folderOf(order: SearchOrder | TrainOrder): string {
  return order.kind === 'new' ? order.out : order.run;
}
