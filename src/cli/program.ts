/**
 * The commands and the options that all of them take.
 *
 * A command's module is loaded when it is the one that was called: together they bring in half of Nascent, and
 * `nascent --help` needs no more of a command than its name and what it is for.
 */

import { Command } from 'commander';
import type { CommanderError } from 'commander';

import { NascentError } from '../errors.ts';
import { nascentVersion } from '../run/versions.ts';
import { print } from './shell/output.ts';
import { usageError } from './shell/usage.ts';

interface Row {
  readonly name: string;
  /** As its module has it too; a test compares them. */
  readonly description: string;
  /** Adds the command with all its options. */
  readonly load: () => Promise<(program: Command) => void>;
}

/** Every command, in the order of the help. */
const commands: readonly Row[] = [
  {
    name: 'demo',
    description: 'search, train, export, validate and compare, with all set-up, in minutes',
    load: async () => (await import('./commands/demo.ts')).registerDemo,
  },
  {
    name: 'setup',
    description: 'make TensorFlow run on this machine, by the first way that works',
    load: async () => (await import('./commands/setup.ts')).registerSetup,
  },
  {
    name: 'doctor',
    description:
      'try every runtime on this machine, and say which is ready, which is not, why, and what to do',
    load: async () => (await import('./commands/doctor.ts')).registerDoctor,
  },
  {
    name: 'data',
    description: 'list datasets, get them, and look through them',
    load: async () => (await import('./commands/data.ts')).registerData,
  },
  {
    name: 'search',
    description: 'search a cell by DARTS into a run folder, and print its genotype',
    load: async () => (await import('./commands/search.ts')).registerSearch,
  },
  {
    name: 'derive',
    description: 'derive the cells of a search, finished or not, from a checkpoint or a logged epoch',
    load: async () => (await import('./commands/derive.ts')).registerDerive,
  },
  {
    name: 'train',
    description: 'train the network of a search, or of any genotype',
    load: async () => (await import('./commands/train.ts')).registerTrain,
  },
  {
    name: 'settings',
    description: 'list the presets, or the settings of a preset: value, range, unit, help and source',
    load: async () => (await import('./commands/settings.ts')).registerSettings,
  },
  {
    name: 'export',
    description: 'write the trained network of a run, or the untrained one of a genotype, as an ONNX file',
    load: async () => (await import('./commands/export.ts')).registerExport,
  },
  {
    name: 'validate',
    description:
      'measure the accuracy of a model on test images, or its perplexity on a test text, by onnxruntime',
    load: async () => (await import('./commands/validate.ts')).registerValidate,
  },
  {
    name: 'predict',
    description:
      'what a model says: the likeliest classes of image files, or the words, or characters, that follow a text',
    load: async () => (await import('./commands/predict.ts')).registerPredict,
  },
  {
    name: 'parity',
    description:
      'run a model in every runtime that is ready, and hold each to the same graph in double precision; or hold another file to it',
    load: async () => (await import('./commands/parity.ts')).registerParity,
  },
  {
    name: 'check',
    description: 'look for every fault of a model, and list its inputs, outputs, ops and types',
    load: async () => (await import('./commands/check.ts')).registerCheck,
  },
  {
    name: 'run',
    description: 'run a model in one runtime, on stored or drawn tensors, and compare what comes out',
    load: async () => (await import('./commands/run.ts')).registerRun,
  },
  {
    name: 'bench',
    description: 'time a model in every runtime that is ready: latency, throughput, memory, share by op',
    load: async () => (await import('./commands/bench.ts')).registerBench,
  },
  {
    name: 'describe',
    description: 'parameters, multiply-accumulates and ops of the network of a genotype',
    load: async () => (await import('./commands/describe.ts')).registerDescribe,
  },
  {
    name: 'draw',
    description: 'draw the cells of a genotype, and print the path of the drawing',
    load: async () => (await import('./commands/draw.ts')).registerDraw,
  },
  {
    name: 'report',
    description:
      'write a run, finished or not, as one page: cells, charts, what was measured; and print its path',
    load: async () => (await import('./commands/report.ts')).registerReport,
  },
  {
    name: 'card',
    description: 'write the card of a model: what it is, how it does, how to load it; and print its path',
    load: async () => (await import('./commands/card.ts')).registerCard,
  },
  {
    name: 'runs',
    description: 'list the runs in a folder and below: status, progress, best result, last sign of life',
    load: async () => (await import('./commands/runs.ts')).registerRuns,
  },
  {
    name: 'ui',
    description: 'the interface: the runs of a folder, what they do, and what can be done with them',
    load: async () => (await import('./commands/ui.ts')).registerUi,
  },
  {
    name: 'watch',
    description:
      'watch a run, from any terminal: curves, cells, alphas, log; pause, resume, checkpoint, stop',
    load: async () => (await import('./commands/watch.ts')).registerWatch,
  },
  {
    name: 'compare',
    description: 'compare runs and genotypes: settings, figures, curves, cells, parameters and MACs',
    load: async () => (await import('./commands/compare.ts')).registerCompare,
  },
  {
    name: 'control',
    description:
      'tell the process that works on a run what to do; a paused run keeps its memory and its lease',
    load: async () => (await import('./commands/control.ts')).registerControl,
  },
  {
    name: 'completion',
    description: 'print a script that completes nascent in a shell; it says how to use it',
    load: async () => {
      const { registerCompletion } = await import('./commands/completion.ts');
      return (program) => registerCompletion(program, createProgram);
    },
  },
];

/** The names of all commands. */
export const commandNames: readonly string[] = commands.map(({ name }) => name);

/**
 * The command line as a parser. Parsing throws a NascentError for wrong usage, a CommanderError once help was shown.
 *
 * @param names the commands that can be called; the others are only listed
 */
export async function createProgram(names: readonly string[] = commandNames): Promise<Command> {
  const program = new Command('nascent')
    .description(
      'Differentiable architecture search: search cells, train them, export them to ONNX, and prove it.',
    )
    .version(nascentVersion())
    .option('--verbose', 'show the stack and the causes of an error, and what native libraries say')
    .option('-q, --quiet', 'say nothing but errors; data still goes to stdout')
    .option('--color', 'colours, also where the output is no terminal; so does FORCE_COLOR=1')
    .option('--no-color', 'no colours; so does the environment variable NO_COLOR')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    // The error boundary shows errors; the parser only makes them.
    .configureOutput({ outputError() {}, writeOut: print });
  for (const { name, description, load } of commands) {
    if (names.includes(name)) (await load())(program);
    else program.command(name).description(description);
  }
  program.hook('preAction', (_, command) => refuseEmpty(command));
  for (const command of withDescendants(program)) {
    command.exitOverride((error) => refuse(error, command));
  }
  return program;
}

/** The parser for one call: it has the command that is called, or asked for help about. */
export function programFor(given: readonly string[]): Promise<Command> {
  // The options of the program itself take no values, so the first words are the command's.
  const [first, second] = given.filter((word) => !word.startsWith('-'));
  return createProgram([first, first === 'help' ? second : undefined].filter((name) => name !== undefined));
}

/** Help and version, once shown, end the command well; the rest is a mistake in how it was called. */
function refuse(error: CommanderError, command: Command): never {
  if (error.exitCode === 0 || error.code === 'commander.help') throw error;
  throw usageError(error, command);
}

/** An empty name is most often a variable of a script that was not set, and as a path it is the current folder. */
function refuseEmpty(command: Command): void {
  const option = command.options.find((each) => command.getOptionValue(each.attributeName()) === '');
  const position = command.args.indexOf('');
  const argument = command.registeredArguments[position]?.name() ?? 'argument';
  const what = option?.long ?? (position < 0 ? undefined : `<${argument}>`);
  if (what === undefined) return;
  throw new NascentError('input/invalid', `${what} is empty`, { help: 'Give it a value, or leave it out.' });
}

function withDescendants(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}
