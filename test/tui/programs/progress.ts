/** A progress view that goes on until Ctrl-C. */

import { runWithProgress } from '../../../src/tui/run-with-progress.ts';

await runWithProgress('A title of some length', async (report) => {
  report({ kind: 'note', text: 'a note that stays' });
  report({
    kind: 'stage',
    stage: 'a',
    title: 'Searching for a cell, with words that take more than half of a line',
  });
  let done = 0;
  const timer = setInterval(() => {
    done += 10;
    report({
      kind: 'progress',
      stage: 'a',
      done,
      total: 100_000,
      unit: 'img',
      note: 'loss 2.30, accuracy 10%',
    });
  }, 50);
  await new Promise((resolve) => process.once('SIGINT', resolve));
  clearInterval(timer);
});
