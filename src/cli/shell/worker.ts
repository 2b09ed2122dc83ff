/**
 * The process that a job runs in. Each job's code is loaded when it is asked for: an export needs no TensorFlow, and
 * two native libraries in one process are one more than needed.
 */

import { serveJob } from '../../run/serve.ts';
import type { ExportOrder } from '../../model/job.ts';
import type { RnnGenotypeExport } from '../../model/rnn-untrained.ts';
import type { RnnRunExport } from '../../model/rnn.ts';

serveJob({
  search: async (...given) => (await import('../../search/job.ts')).searchJob(...given),
  'search-rnn': async (...given) => (await import('../../search/rnn/job.ts')).rnnSearchJob(...given),
  train: async (...given) => (await import('../../train/job.ts')).trainJob(...given),
  'train-rnn': async (...given) => (await import('../../train/rnn/job.ts')).rnnTrainJob(...given),
  export: async (order, reporter) =>
    (await import('../../model/job.ts')).exportJob(order as ExportOrder, reporter),
  'export-rnn': async (order, reporter) =>
    (await import('../../model/rnn.ts')).exportRnnRun(order as RnnRunExport, reporter),
  'export-rnn-genotype': async (order, reporter) =>
    (await import('../../model/rnn-untrained.ts')).exportRnnGenotype(order as RnnGenotypeExport, reporter),
  validate: async (...given) => (await import('../../evaluate/accuracy.ts')).validateJob(...given),
  perplexity: async (...given) => (await import('../../evaluate/perplexity.ts')).perplexityJob(...given),
  parity: async (...given) => (await import('../../parity/parity.ts')).parityJob(...given),
});
