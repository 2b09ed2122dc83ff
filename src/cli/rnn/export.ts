/** `nascent export` of a trained recurrent cell: the language model, and its vocabulary beside it. */

import type { Command } from 'commander';

import type { RnnRunExport } from '../../export/rnn.ts';
import { formatBytes, formatInteger, formatMillions } from '../format.ts';
import { commandLine, word } from '../next.ts';
import { isVerbose } from '../options.ts';
import { print, say } from '../output.ts';
import { work } from '../work.ts';
import { refuseForText } from './text-data.ts';

export interface TextExportFlags {
  readonly checkpoint?: string;
  readonly unroll?: number;
  readonly json?: boolean;
}

export async function exportText(
  run: string,
  opset: NonNullable<RnnRunExport['opset']>,
  flags: TextExportFlags,
  command: Command,
): Promise<void> {
  const { checkpoint, unroll } = flags;
  refuseForText({ checkpoint });
  const order = { run, opset, ...(unroll !== undefined && { unroll }) };
  const outcome = await work(`Exporting ${run}`, { verbose: isVerbose(command) }, ({ job }) =>
    job('export-rnn', order),
  );
  const { bytes, sha256, parameters, words, vocabulary, file } = outcome;
  say(
    `${formatBytes(bytes)}, ${formatMillions(parameters)} parameters, opset ${opset}, ` +
      `${unroll === undefined ? 'texts of any length' : `${unroll} steps at a time`}\nsha256 ${sha256}\n` +
      `${formatInteger(words)} words in ${vocabulary}`,
  );
  print(flags.json === true ? JSON.stringify(outcome, undefined, 2) : file);
  // A folder's model is the one of any length.
  const model = word(unroll === undefined ? run : file);
  const next = [`validate ${model}`, `parity ${model}`].map(commandLine);
  say(['Next:', ...next.map((line) => `  ${line}`)].join('\n'));
}
