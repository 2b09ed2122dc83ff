/** `nascent export` of a trained recurrent cell: the language model, and its vocabulary beside it. */

import type { Command } from 'commander';

import type { RnnRunExport } from '../../model/rnn.ts';
import { formatBytes, formatInteger, formatMillions } from '../render/format.ts';
import { openRun } from '../../run/directory.ts';
import { commandLine, dataFlags, word } from '../render/next.ts';
import { isVerbose } from '../input/options.ts';
import { print, say } from '../shell/output.ts';
import { work } from '../shell/work.ts';
import { refuseForText, trainedTextOf } from './text-data.ts';

export interface TextExportFlags {
  readonly checkpoint?: string;
  readonly unroll?: number;
  readonly out?: string;
  readonly json?: boolean;
}

export async function exportText(
  run: string,
  opset: NonNullable<RnnRunExport['opset']>,
  flags: TextExportFlags,
  command: Command,
): Promise<void> {
  const { checkpoint, unroll, out } = flags;
  refuseForText({ checkpoint });
  const order = { run, opset, ...(unroll !== undefined && { unroll }), ...(out !== undefined && { out }) };
  const outcome = await work(`Exporting ${run}`, { verbose: isVerbose(command) }, ({ job }) =>
    job('export-rnn', order),
  );
  const { bytes, sha256, parameters, words, vocabulary } = outcome;
  // As the user wrote it, not as it was resolved.
  const file = out ?? outcome.file;
  say(
    `${formatBytes(bytes)}, ${formatMillions(parameters)} parameters, opset ${opset}, ` +
      `${unroll === undefined ? 'texts of any length' : `${unroll} steps at a time`}\nsha256 ${sha256}\n` +
      `${formatInteger(words)} words in ${vocabulary}`,
  );
  print(flags.json === true ? JSON.stringify(outcome, undefined, 2) : file);
  // A folder's model is the one of any length; a file elsewhere has to be told what text it is for.
  const text = out === undefined ? undefined : trainedTextOf(openRun(run));
  const model =
    out === undefined && unroll === undefined
      ? word(run)
      : `${word(file)}${text === undefined ? '' : dataFlags(text)}`;
  const next = [`validate ${model}`, `parity ${model}`].map(commandLine);
  say(['Next:', ...next.map((line) => `  ${line}`)].join('\n'));
}
