import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { temporaryFolder } from '../data/temporary.ts';
import { createProgram } from '../../src/cli/program.ts';
import { call } from './call.ts';

// Whatever the tests are started by, the commands that are shown are those of a package that is installed.
beforeEach(() => vi.stubEnv('npm_lifecycle_event', 'test'));
afterEach(() => vi.unstubAllEnvs());

/** What grows, and is not what the tests here are about. */
const lists = /(Commands|Settings|Datasets|Networks|Runtimes): .*\./;

/** What a wrong call is answered: exit code, message, help; never a stack, and nothing on stdout. */
async function answer(...given: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await call(...given);
  expect(stdout).toBe('');
  expect(stderr).not.toMatch(/\n\s+at /);
  const text = stderr.replace('\n  ', ' | ').replace(lists, '$1: …');
  return `${exitCode} ${text.trimEnd()}`;
}

test('commands, options and arguments', async () => {
  const answers = [
    await answer('serch'),
    await answer('data', 'gte', 'cifar10'),
    await answer('data', 'get'),
    await answer('data', 'get', 'cifr10'),
    await answer('data', 'get', 'cifar10', 'imagenet'),
    await answer('data', 'get', 'cifar10', '--from'),
    await answer('data', 'get', 'cifar10', '--form', 'x'),
    await answer('setup', '--cdua'),
    await answer('--verbos', 'doctor'),
    await answer('describe'),
    await answer('search', '--resume', 'runs/a', '--preset', 'darts'),
  ];
  expect(answers).toMatchInlineSnapshot(`
    [
      "2 ✖ unknown command 'serch' | Did you mean search? Commands: …",
      "2 ✖ unknown command 'gte' | Did you mean get? Commands: …",
      "2 ✖ missing required argument 'name' | See nascent data get --help for what it takes.",
      "2 ✖ unknown dataset "cifr10" | Did you mean cifar10? Datasets: …",
      "2 ✖ too many arguments for 'get'. Expected 1 argument but got 2. | See nascent data get --help for what it takes.",
      "2 ✖ option '--from <path>' argument missing | See nascent data get --help for what it takes.",
      "2 ✖ unknown option '--form' | Did you mean --from? See nascent data get --help for what it takes.",
      "2 ✖ unknown option '--cdua' | Did you mean --cuda? See nascent setup --help for what it takes.",
      "2 ✖ unknown option '--verbos' | Did you mean --verbose? See nascent --help for what it takes.",
      "2 ✖ required option '--genotype <genotype>' not specified | See nascent describe --help for what it takes.",
      "2 ✖ option '--resume <run>' cannot be used with option '--preset <name>' | See nascent search --help for what it takes.",
    ]
  `);
});

test('names and numbers', async () => {
  const answers = [
    await answer('search', '--preset', 'qick'),
    await answer('search', '--data', 'cifar99'),
    await answer('search', '--engine', 'torch'),
    await answer('search', '--set', 'epcohs=3'),
    await answer('search', '--set', 'epochs=three'),
    await answer('search', '--set', 'primitives=none,sep_conv_3x4'),
    await answer('search', '--set', 'primitives=none'),
    await answer('search', '--set', 'primitives=skip_connect,skip_connect'),
    await answer('search', '--set', 'primitives=none,skip_connect', '--set', 'max_skips=1'),
    await answer('search', '--set', 'channels=3'),
    await answer('train', '--genotype', 'DRATS_V2'),
    await answer('train', '--genotype', "Genotype(normal=[('sep_conv', 0)])"),
    await answer('train', '--genotype', 'DARTS_V2', '--set', 'channels=3'),
    await answer('export', 'runs/a', '--opset', '12'),
    await answer('validate', 'model.onnx', '--provider', 'gpu'),
    await answer('parity', 'model.onnx', '--runtimes', 'tfjs,reference'),
    await answer('parity', 'model.onnx', '--atol', '-1'),
    await answer('parity', 'model.onnx', '--images', '2.5'),
    await answer('describe', '--genotype', 'DARTS_V2', '--network', 'cifar'),
    await answer('describe', '--genotype', 'DARTS_V2', '--channels', '7'),
    await answer('draw', '--genotype', 'NASNet', '--out', 'cells.jpg'),
  ];
  expect(answers).toMatchInlineSnapshot(`
    [
      "2 ✖ unknown preset "qick" | Did you mean quick? Presets: quick, darts, quick-rnn, darts-rnn.",
      "2 ✖ unknown dataset "cifar99" | Did you mean cifar10? Datasets: …",
      "2 ✖ unknown engine "torch" | Engines: tfjs-node-gpu, onnxruntime, tfjs-cpu, reference.",
      "2 ✖ unknown setting "epcohs" | Did you mean epochs? Settings: …",
      "2 ✖ setting epochs=three: expected a whole number of epochs from 1 to 1000000 | Give another value, or leave --set epochs out.",
      "2 ✖ unknown primitive "sep_conv_3x4" | Did you mean sep_conv_3x3? Primitives: none, max_pool_3x3, avg_pool_3x3, skip_connect, sep_conv_3x3, sep_conv_5x5, dil_conv_3x3, dil_conv_5x5, sep_conv_7x7, conv_7x1_1x7.",
      "2 ✖ no search is possible over primitives=none | List at least one primitive besides none.",
      "2 ✖ no search is possible over primitives=skip_connect,skip_connect | List each primitive once.",
      "2 ✖ no search is possible over primitives=none,skip_connect | Skip connections can be capped where there is something else to take: add --set max_skips=null.",
      "2 ✖ a network of 3 channels | Use an even number of channels, 2 or more.",
      "2 ✖ no published cell and no file is called 'DRATS_V2' | Did you mean 'DARTS_V2'? Give a published cell (DARTS_V1, DARTS_V2, DARTS, NASNet, AmoebaNet), a genotype.json, the folder of a search, or the text Genotype(normal=[…], …).",
      "2 ✖ genotype: field 'normal_concat' is missing | Write it as Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=range(2, 6), reduce=[…], reduce_concat=[…]).",
      "2 ✖ a network of 3 channels | Use an even number of channels, 2 or more.",
      "2 ✖ unknown opset "12" | Opsets: 13, 14, 15, 16, 17, 18, 19, 20, 21, 22.",
      "2 ✖ unknown provider "gpu" | Did you mean cpu? Providers: cpu, cuda, webgpu.",
      "2 ✖ unknown runtime "tfjs" | Runtimes: …",
      "2 ✖ option '--atol <number>' argument '-1' is invalid. Expected a number, 0 or more. | See nascent parity --help for what it takes.",
      "2 ✖ option '--images <number>' argument '2.5' is invalid. Expected a whole number, 1 or more. | See nascent parity --help for what it takes.",
      "2 ✖ unknown network "cifar" | Did you mean cifar10? Networks: …",
      "2 ✖ a network of 7 channels | Use an even number of channels, 2 or more.",
      "2 ✖ --out cells.jpg: a drawing cannot be written as ".jpg" | Give a name that ends in .svg, .dot or .png, or say which it is: --format svg|dot|png.",
    ]
  `);
});

describe('paths', () => {
  /** Answers with the folder's own path left out. */
  async function answersIn(
    folder: string,
    calls: readonly (readonly string[])[],
  ): Promise<readonly string[]> {
    const answers: string[] = [];
    for (const given of calls) answers.push((await answer(...given)).replaceAll(`${folder}/`, ''));
    return answers;
  }

  test('what is not there, or is something else', async () => {
    const folder = await temporaryFolder();
    const [none, other] = [join(folder, 'none'), join(folder, 'other')];
    mkdirSync(other);
    writeFileSync(join(other, 'notes.txt'), '');
    const answers = await answersIn(folder, [
      ['search', '--resume', none],
      ['search', '--resume', other],
      ['train'],
      ['train', none],
      ['train', other, '--genotype', 'DARTS'],
      ['train', '--genotype', other],
      ['train', '--resume', other],
      ['validate', none],
      ['validate', other],
      ['parity', none],
      ['draw', '--genotype', other],
      ['demo', '--out', other],
      ['demo', '--resume', other],
    ]);
    expect(answers).toMatchInlineSnapshot(`
      [
        "2 ✖ none does not exist | Give the folder that was the --out of nascent search or nascent train.",
        "2 ✖ other is not a run: it holds notes.txt, and no run.json | Give the folder that was the --out of nascent search or nascent train.",
        "2 ✖ nothing to train was given | Give one of: the run of a search (nascent train runs/a), --genotype DARTS_V2, or --resume runs/a.",
        "2 ✖ none does not exist | Give the folder that was the --out of nascent search or nascent train.",
        "2 ✖ 2 things to train were given: other and DARTS | Give one of: the run of a search (nascent train runs/a), --genotype DARTS_V2, or --resume runs/a.",
        "2 ✖ the folder 'other' has no genotype.json | A finished search writes one; of an unfinished one: nascent derive other --out cells.json. Give a published cell (DARTS_V1, DARTS_V2, DARTS, NASNet, AmoebaNet), a genotype.json, the folder of a search, or the text Genotype(normal=[…], …).",
        "2 ✖ other is not a run: it holds notes.txt, and no run.json | Give the folder that was the --out of nascent search or nascent train.",
        "2 ✖ none does not exist | Give an .onnx file or a run folder. A run's model is made by: nascent export runs/…",
        "2 ✖ other is not a run: it holds notes.txt, and no run.json | Give the folder that was the --out of nascent search or nascent train.",
        "2 ✖ none does not exist | Give an .onnx file or a run folder. A run's model is made by: nascent export runs/…",
        "2 ✖ the folder 'other' has no genotype.json | A finished search writes one; of an unfinished one: nascent derive other --out cells.json. Give a published cell (DARTS_V1, DARTS_V2, DARTS, NASNet, AmoebaNet), a genotype.json, the folder of a search, or the text Genotype(normal=[…], …).",
        "2 ✖ other is there already, and is not an empty folder | Give a folder that does not exist yet.",
        "2 ✖ other is not a run: it holds notes.txt, and no run.json | Give the folder that was the --out of nascent search or nascent train.",
      ]
    `);
    expect([readdirSync(folder), readdirSync(other)]).toEqual([['other'], ['notes.txt']]);
  });

  test('a drawing that cannot be written leaves nothing', async () => {
    const folder = await temporaryFolder();
    mkdirSync(join(folder, 'cells.svg'));
    const answers = await answersIn(folder, [
      ['draw', '--genotype', 'DARTS', '--out', join(folder, 'cells.svg')],
    ]);
    expect(answers[0]).toMatch(/^1 ✖ cannot write cells\.svg: E/);
    expect(readdirSync(folder)).toEqual(['cells.svg']);
  });
});

test('the help lists the commands in the same words, whether or not their modules are loaded', async () => {
  const [bare, whole] = await Promise.all([createProgram([]), createProgram()]);
  expect(bare.helpInformation()).toBe(whole.helpInformation());
  expect(whole.commands.length).toBeGreaterThan(10);
});

test.each([
  [['help', 'search'], '--preset'],
  [['search', '--help'], '--preset'],
  [['--no-color', 'data', 'get', '--help'], '--from'],
])('the module of %j is loaded for its help', async (given, option) => {
  vi.stubEnv('NO_COLOR', '');
  const { exitCode, stdout } = await call(...given);
  expect(exitCode).toBe(0);
  expect(stdout).toContain(option);
});

test.each([
  [['search', '--out', ''], '--out is empty'],
  [['export', 'runs/a', '--out='], '--out is empty'],
  [['train', ''], '<run> is empty'],
  [['runs', ''], '<folder> is empty'],
])('%j is refused: an empty name would be the current folder', async (given, message) => {
  const { exitCode, stderr } = await call(...given);
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
});
