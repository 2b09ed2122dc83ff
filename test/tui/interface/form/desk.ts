/** What forms ask others, answered at once. */

import type { ExportDesk } from '../../../../src/tui/interface/form/export-form.ts';
import type { RunDesk } from '../../../../src/tui/interface/form/asked.ts';

export const desk: RunDesk = {
  engines: ['fast', 'slow'],
  strategies: (task) => (task === 'images' ? ['darts', 'other'] : ['darts']),
  dataOf: (run) => (run === 'runs/text' ? 'grammar' : run === 'runs/a' ? 'synthetic' : undefined),
  freeRun: (job) => `runs/${job}-1`,
  check: () => ({}),
  estimate: async () => [],
};
export const exportDesk: ExportDesk = {
  opsets: ['17', '15'],
  checkpoints: ['last', 'best'],
  calibrations: ['min-max', 'entropy'],
  formats: [
    { name: 'onnx', help: 'one file', nameOf: (model) => `${model}.onnx`, refusal: () => undefined },
    {
      name: 'web',
      help: 'a page',
      nameOf: () => 'web',
      refusal: (task) => (task === 'text' ? 'of images' : undefined),
    },
  ],
  passes: [
    { option: 'softmax', help: 'give probabilities', task: 'images', counts: false },
    { option: 'top-k', help: 'give the best classes', task: 'images', counts: true },
    { option: 'fp16', help: 'weights in float16', task: 'any', counts: false },
  ],
  dataOf: desk.dataOf,
  exported: async () => [],
};

export const moment = { now: 0, columns: 80, rows: 24, look: { colour: false, ascii: false } };
