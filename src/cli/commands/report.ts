/** `nascent report`: a run as one page. */

import { basename, join, resolve } from 'node:path';

import type { Command } from 'commander';

import { NascentError } from '../../errors.ts';
import { writeFileWhole } from '../../files/files.ts';
import { followRun } from '../../report/follow.ts';
import { reportHtml } from '../../report/html.ts';
import { readRun, type ReportedRun } from '../../report/read-run.ts';
import { commandLine, word } from '../render/next.ts';
import { interruptible } from '../shell/interrupt.ts';
import { requireOut } from '../input/out.ts';
import { complain, print, say } from '../shell/output.ts';

interface ReportFlags {
  readonly out?: string;
  readonly follow?: boolean;
}

export function registerReport(program: Command): void {
  program
    .command('report')
    .description(
      'write a run, finished or not, as one page: cells, charts, what was measured; and print its path',
    )
    .argument('<run>', 'the run folder of a search or a training')
    .option('--out <file>', 'the page to write (default: report.html in the run)')
    .option('--follow', 'write the page anew whenever the run changes, until the run ends or Ctrl-C')
    .action(report);
}

/** So often a browser reads a page that is being followed. */
const refreshSeconds = 5;

async function report(
  path: string,
  { out = join(path, 'report.html'), follow = false }: ReportFlags,
): Promise<void> {
  requireOut(out);
  const name = basename(resolve(path));
  if (!follow) {
    const run = readRun(path);
    await writePage(path, out, reportHtml(name, run));
    for (const note of run.notes) complain(`Not shown: ${note}`);
    print(out);
    return;
  }
  let written = false;
  const run = await interruptible(({ stop }) =>
    followRun(path, {
      signal: stop,
      async write(found, ended) {
        await writePage(path, out, reportHtml(name, found, ended ? {} : { refreshSeconds }));
        if (!written) print(out);
        if (!written && !ended) say(`Following ${path}: open the page in a browser. Ctrl-C ends it.`);
        written = true;
      },
    }),
  ).catch((error: unknown) => {
    throw error instanceof NascentError && error.code === 'interrupted' ? left(path, error) : error;
  });
  say(`${path}: ${statusOf(run)}. The page is whole.`);
}

/** The last page was written; only who follows it has stopped. */
function left(path: string, cause: NascentError): NascentError {
  return new NascentError('interrupted', 'no longer followed; the page is whole', {
    help: `Follow it again: ${commandLine(`report ${word(path)} --follow`)}`,
    cause,
  });
}

function statusOf({ status, training }: ReportedRun): string {
  return [
    status ?? 'unknown',
    ...(training === undefined ? [] : [`training ${training.status ?? 'unknown'}`]),
  ].join(', ');
}

/** @throws NascentError 'disk/full'; 'disk/failed', with a place that may do */
async function writePage(run: string, out: string, page: string): Promise<void> {
  try {
    await writeFileWhole(out, page);
  } catch (error) {
    if (!(error instanceof NascentError) || error.code !== 'disk/failed') throw error;
    throw new NascentError('disk/failed', error.message, {
      help: `Write the page elsewhere: ${commandLine(`report ${word(run)} --out report.html`)}`,
      cause: error,
    });
  }
}
