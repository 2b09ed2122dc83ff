/** `nascent export`: writes a trained network as `model.onnx`, and prints its path. */

import type { Command } from 'commander';

import { nameOption, isVerbose, jsonOption } from '../options.ts';
import { formatBytes, formatMillions } from '../format.ts';
import { commandLine, word } from '../next.ts';
import { print, say } from '../output.ts';
import { work } from '../work.ts';

const opsets = { '15': 15, '16': 16, '17': 17, '18': 18 } as const;

interface ExportFlags {
  readonly opset: keyof typeof opsets;
  readonly json?: boolean;
}

export function registerExport(program: Command): void {
  program
    .command('export')
    .description('write the trained network of a run as model.onnx into the run, and print its path')
    .argument('<run>', 'the run directory of a training, or of a search that has been trained')
    .addOption(
      nameOption('--opset <version>', 'the ONNX operator set', 'opset', Object.keys(opsets)).default('17'),
    )
    .addOption(jsonOption())
    .action(exportCommand);
}

async function exportCommand(path: string, flags: ExportFlags, command: Command): Promise<void> {
  const outcome = await work(`Exporting ${path}`, { verbose: isVerbose(command) }, ({ job }) =>
    job('export', { run: path, opset: opsets[flags.opset] }),
  );
  const { file, bytes, sha256, parameters, macs } = outcome;
  say(
    `${formatBytes(bytes)}, ${formatMillions(parameters)} parameters, ${formatMillions(macs)} MACs, ` +
      `opset ${flags.opset}\nsha256 ${sha256}`,
  );
  print(flags.json === true ? JSON.stringify(outcome, undefined, 2) : file);
  say(['Next:', ...nextCommands(path).map((line) => `  ${line}`)].join('\n'));
}

/** Three things to do with an exported model. */
function nextCommands(path: string): readonly string[] {
  const run = word(path);
  return [`validate ${run}`, `parity ${run}`, `draw --genotype ${run} --out cells.svg`].map(commandLine);
}
