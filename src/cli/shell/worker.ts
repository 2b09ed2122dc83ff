/**
 * The process that a job runs in. Each job's code is loaded when it is asked for: an export needs no TensorFlow, and
 * two native libraries in one process are one more than needed.
 */

import { serveJob } from '../../run/serve.ts';

serveJob({
  search: async (...given) => (await import('../../search/job.ts')).searchJob(...given),
  train: async (...given) => (await import('../../train/job.ts')).trainJob(...given),
  export: async (order, reporter) => (await import('../../model/export.ts')).exportJob(order, reporter),
  validate: async (...given) => (await import('../../evaluate/validate.ts')).validateJob(...given),
  parity: async (...given) => (await import('../../parity/parity.ts')).parityJob(...given),
});
