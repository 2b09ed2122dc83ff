/** `nascent check`: everything that is wrong with a model file. */

import type { Command } from 'commander';

import { requireSound } from '../../onnx/check-model.ts';
import { renderModelCheck } from '../../onnx/render-check.ts';
import { givenLimits, limitOptions, type LimitFlags } from '../input/limits.ts';
import { isVerbose, jsonOption } from '../input/options.ts';
import { givenModelFile } from '../input/runs.ts';
import { print } from '../shell/output.ts';
import { work } from '../shell/work.ts';

interface CheckFlags extends LimitFlags {
  readonly json?: boolean;
}

export function registerCheck(program: Command): void {
  const command = program
    .command('check')
    .description('look for every fault of a model, and list its inputs, outputs, ops and types')
    .argument('<model>', 'an .onnx file, or the folder that holds model.onnx');
  for (const option of limitOptions()) command.addOption(option);
  command.addOption(jsonOption()).action(checkCommand);
}

async function checkCommand(path: string, flags: CheckFlags, command: Command): Promise<void> {
  const model = givenModelFile(path);
  const check = await work(`Checking ${model}`, { verbose: isVerbose(command) }, async ({ job }) =>
    job('checkModel', { model }, { limits: givenLimits(flags) }),
  );
  print(flags.json === true ? JSON.stringify(check, undefined, 2) : renderModelCheck(check));
  requireSound(check);
}
