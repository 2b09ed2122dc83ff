/** `nascent report`: a run as one page. */

import { basename, join, resolve } from 'node:path';

import type { Command } from 'commander';

import { writeFileWhole } from '../../files/files.ts';
import { reportHtml } from '../../report/html.ts';
import { readRun } from '../../report/read-run.ts';
import { print } from '../shell/output.ts';

export function registerReport(program: Command): void {
  program
    .command('report')
    .description(
      'write a run, finished or not, as one page: cells, charts, what was measured; and print its path',
    )
    .argument('<run>', 'the run folder of a search or a training')
    .option('--out <file>', 'the page to write (default: report.html in the run)')
    .action(report);
}

async function report(
  run: string,
  { out = join(run, 'report.html') }: { readonly out?: string },
): Promise<void> {
  await writeFileWhole(out, reportHtml(basename(resolve(run)), readRun(run)));
  print(out);
}
