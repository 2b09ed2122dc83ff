/**
 * Every job: the schema of what it is told, the module that it is in. What comes of it is what its function returns, and
 * what it is told what its schema takes. Both are loaded when they are asked for.
 */

import type { z } from 'zod';

import { jobRow, type JobRow } from '../../run/jobs.ts';
import type { SearchOrder } from '../../search/order.ts';
import type { TrainOrder } from '../../train/order.ts';

/** The table. */
export const jobs = {
  search: jobRow({
    order: async () => (await import('../../search/order.ts')).searchOrder,
    load: async () => (await import('../../search/job.ts')).searchJob,
    runOf: folderOf,
  }),
  train: jobRow({
    order: async () => (await import('../../train/order.ts')).trainOrder,
    load: async () => (await import('../../train/job.ts')).trainJob,
    runOf: folderOf,
  }),
  fittedSearch: jobRow({
    order: async () => (await import('../../estimate/order.ts')).fittedSearchOrder,
    load: async () => (await import('../../estimate/fit.ts')).fittedSearchJob,
    runOf: ({ order }) => folderOf(order),
  }),
  fittedTrain: jobRow({
    order: async () => (await import('../../estimate/order.ts')).fittedTrainOrder,
    load: async () => (await import('../../estimate/fit.ts')).fittedTrainJob,
    runOf: ({ order }) => folderOf(order),
  }),
  estimate: jobRow({
    order: async () => (await import('../../estimate/order.ts')).estimateOrder,
    load: async () => (await import('../../estimate/job.ts')).estimateJob,
    runOf: noRun,
  }),
  export: jobRow({
    order: async () => (await import('../../model/order.ts')).exportOrder,
    load: async () => (await import('../../model/export.ts')).exportJob,
    runOf: noRun,
  }),
  validate: jobRow({
    order: async () => (await import('../../evaluate/order.ts')).anyValidateOrder,
    load: async () => (await import('../../evaluate/validate.ts')).validateJob,
    runOf: noRun,
  }),
  readFace: jobRow({
    order: async () => (await import('../../evaluate/face.ts')).faceOrder,
    load: async () => (await import('../../evaluate/face.ts')).readFace,
    runOf: noRun,
  }),
  checkModel: jobRow({
    order: async () => (await import('../../onnx/order.ts')).checkModelOrder,
    load: async () => (await import('../../onnx/check-model.ts')).checkModelJob,
    runOf: noRun,
  }),
  benchModel: jobRow({
    order: async () => (await import('../../onnx/order.ts')).benchModelOrder,
    load: async () => (await import('../../onnx/bench-model.ts')).benchModel,
    runOf: noRun,
  }),
  runModel: jobRow({
    order: async () => (await import('../../onnx/order.ts')).runModelOrder,
    load: async () => (await import('../../onnx/run-model.ts')).runModel,
    runOf: noRun,
  }),
  predict: jobRow({
    order: async () => (await import('../../predict/order.ts')).predictOrder,
    load: async () => (await import('../../predict/predict.ts')).predict,
    runOf: noRun,
  }),
  parity: jobRow({
    order: async () => (await import('../../parity/order.ts')).parityOrder,
    load: async () => (await import('../../parity/parity.ts')).parity,
    runOf: noRun,
  }),
};

/** The name of a job. */
export type JobName = keyof typeof jobs;
/** What a job is told. */
export type OrderOf<N extends JobName> =
  (typeof jobs)[N] extends JobRow<infer S, infer _> ? z.input<S> : never;
/** What comes of a job. */
export type OutcomeOf<N extends JobName> = (typeof jobs)[N] extends JobRow<infer _, infer R> ? R : never;

/** The folder of the run that an order is to make or to resume. */
function folderOf(order: SearchOrder | TrainOrder): string {
  return order.kind === 'new' ? order.out : order.run;
}

/** It is at work on none, whatever it reads. */
function noRun(): undefined {
  return undefined;
}
