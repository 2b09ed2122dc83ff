/** The commands and the options that all of them take. */

import { Command } from 'commander';
import type { CommanderError } from 'commander';

import { nascentVersion } from '../run/versions.ts';
import { registerData } from './commands/data.ts';
import { registerDescribe } from './commands/describe.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerDraw } from './commands/draw.ts';
import { registerExport } from './commands/export.ts';
import { registerDemo } from './commands/demo.ts';
import { registerParity } from './commands/parity.ts';
import { registerReport } from './commands/report.ts';
import { registerSearch } from './commands/search.ts';
import { registerSetup } from './commands/setup.ts';
import { registerTrain } from './commands/train.ts';
import { registerValidate } from './commands/validate.ts';
import { usageError } from './shell/usage.ts';

/** The command line as a parser. Parsing throws a NascentError for wrong usage, a CommanderError once help was shown. */
export function createProgram(): Command {
  const program = new Command('nascent')
    .description(
      'Differentiable architecture search: search cells, train them, export them to ONNX, and prove it.',
    )
    .version(nascentVersion())
    .option('--verbose', 'show the stack and the causes of an error, and what native libraries say')
    .option('--no-color', 'no colours; so does the environment variable NO_COLOR')
    // The error boundary shows errors; the parser only makes them.
    .configureOutput({ outputError() {} });
  registerDemo(program);
  registerSetup(program);
  registerDoctor(program);
  registerData(program);
  registerSearch(program);
  registerTrain(program);
  registerExport(program);
  registerValidate(program);
  registerParity(program);
  registerDescribe(program);
  registerDraw(program);
  registerReport(program);
  for (const command of withDescendants(program)) {
    command.exitOverride((error) => refuse(error, command));
  }
  return program;
}

/** Help and version, once shown, end the command well; the rest is a mistake in how it was called. */
function refuse(error: CommanderError, command: Command): never {
  if (error.exitCode === 0 || error.code === 'commander.help') throw error;
  throw usageError(error, command);
}

function withDescendants(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}
