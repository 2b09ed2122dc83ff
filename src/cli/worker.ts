/**
 * The process that a job runs in. Each job's code is loaded when it is asked for: an export needs no TensorFlow, and
 * two native libraries in one process are one more than needed.
 */

import { serveJob } from '../run/serve.ts';
import type { ExportOrder } from '../export/job.ts';

serveJob({
  search: async (...given) => (await import('../search/job.ts')).searchJob(...given),
  train: async (...given) => (await import('../train/job.ts')).trainJob(...given),
  export: async (order, reporter) =>
    (await import('../export/job.ts')).exportJob(order as ExportOrder, reporter),
  validate: async (...given) => (await import('../validate/accuracy.ts')).validateJob(...given),
  parity: async (...given) => (await import('../validate/parity.ts')).parityJob(...given),
});
