/**
 * What an export is worth: `npm run bench:export [-- --rounds 21 --threads 1 --check]`.
 *
 * DARTS_V2 for CIFAR-10 (C = 36, 20 cells), as `nascent export` writes it, plain, with --fold-batch-norm and with --int8,
 * beside the files that torch.onnx writes for the same network with the same weights: by its older exporter, and, where
 * Python has onnxscript, by its newer one. All run in onnxruntime on the CPU, each in a process of its own; their runs
 * alternate, so that what else the machine does meets all of them. A ratio is the median over rounds of one file's time
 * by another's of the same round. The files are held to give the same logits first: it is one network.
 *
 * At the end, how long the command takes that writes such a file, as it is built, beside Node alone.
 *
 * PYTHON says which Python has PyTorch (default: .oracle-venv). With `--check`, a floor that is not met makes the exit
 * code 3, as does the lack of a PyTorch to hold it to.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { decodeModel } from '../proto/onnx.ts';
import { exitCodes } from '../src/errors.ts';
import type { Tensor } from '../src/graph/tensor.ts';
import { exportGenotype } from '../src/model/export.ts';
import { silentReporter } from '../src/run/reporter.ts';
import { publishedGenotypes } from '../src/space/images/published.ts';
import { execute, findEnvironment, lastLine } from '../test/oracle/environment.ts';
import { writeTensors } from '../test/oracle/exchange.ts';
import { torchNames } from '../test/oracle/names.ts';
import {
  alternate,
  createVerdicts,
  machine,
  ratio,
  shown,
  startOurs,
  type Measured,
} from './support/contest.ts';
import { columns, median } from './support/table.ts';

const shape = { stem: 'cifar10', channels: 36, layers: 20, classes: 10, image: [3, 32, 32] } as const;
const genotype = publishedGenotypes.DARTS_V2;
const opset = 17;

/** What a change may not fall behind. Files of the same speed differ by a few hundredths from one measurement to the next. */
const floors = {
  folded: 1.05,
  int8: 0.9,
  bytesFolded: 13.6e6,
  bytesInt8: 4.8e6,
  apart: 1e-5,
  secondsBeyondNode: 1,
} as const;
const batches = [1, 64] as const;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '21' },
    threads: { type: 'string', default: '1' },
    check: { type: 'boolean', default: false },
  },
});
const [rounds, threads] = [Number(values.rounds), Number(values.threads)];
const say = (line: string) => console.log(line);
const verdicts = createVerdicts();

interface File {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly nodes: number;
}

const folder = await mkdtemp(join(tmpdir(), 'nascent-bench-export-'));
try {
  say(machine(threads));
  const ours = await writeOurs();
  const [plain, folded, int8] = ours;
  const theirs = await writeTheirs(plain.path);
  const files = [...ours, ...theirs];
  const loads = await measured(files, 0, 5);
  for (const batch of batches) {
    // A batch of many takes so long that fewer rounds tell as much.
    const runs = await measured(files, batch, batch === 1 ? rounds : Math.ceil(rounds / 3));
    if (batch === 1) sameLogits(files, runs);
    say(`\nBatch ${batch}, onnxruntime on the CPU\n`);
    say(table(files, runs, loads, ours.length));
    say('');
    const [of, eight] = [folded, int8].map((file) => runs[files.indexOf(file)]);
    if (of === undefined || eight === undefined) continue;
    const rivals = runs.slice(ours.length);
    for (const torch of rivals)
      say(verdicts.atMost(`Folded to ${torch.name}`, byRound(of, torch), floors.folded, ratio));
    say(verdicts.atMost('Int8 to folded', byRound(eight, of), floors.int8, ratio));
    for (const torch of rivals)
      say(verdicts.atMost(`Int8 to ${torch.name}`, byRound(eight, torch), floors.int8, ratio));
  }
  say('');
  say(verdicts.atMost('Folded, bytes', folded.bytes, floors.bytesFolded, shown));
  say(verdicts.atMost('Int8, bytes', int8.bytes, floors.bytesInt8, shown));
  say(`\n${commandTime()}`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
if (values.check && !verdicts.allMet()) process.exitCode = exitCodes.gateFailed;

/** The network without training: how long it takes does not depend on what it knows. */
async function writeOurs(): Promise<readonly [File, File, File]> {
  const write = async (name: string, passes: { readonly foldBatchNorm?: true; readonly int8?: true }) => {
    const out = join(folder, `${name.replaceAll(/\W+/g, '-')}.onnx`);
    const order = { task: 'images', genotype, shape, seed: 0, out, opset, passes } as const;
    const { bytes, nodes } = await exportGenotype(order, silentReporter);
    return { name, path: out, bytes, nodes };
  };
  return [
    await write('Nascent', {}),
    await write('Nascent, folded', { foldBatchNorm: true }),
    await write('Nascent, int8', { int8: true }),
  ];
}

/** The command from its start to its end, and Node with nothing to do, taking turns; the first round fills caches. */
function commandTime(): string {
  const main = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
  if (!existsSync(main))
    return verdicts.unknown('There is no build, so the command is not timed: npm run build.');
  const out = join(folder, 'command.onnx');
  const timed = (args: readonly string[]): number => {
    const begin = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
    return (performance.now() - begin) / 1000;
  };
  const command = [main, 'export', '--genotype', 'DARTS_V2', '--network', 'cifar10', '--out', out];
  const turns = Array.from({ length: rounds + 1 }, () => [timed(['-e', '0']), timed(command)] as const).slice(
    1,
  );
  const seconds = (value: number) => `${value.toFixed(2)} s`;
  const [node, ours] = [median(turns.map(([bare]) => bare)), median(turns.map(([, whole]) => whole))];
  const times = ratio(median(turns.map(([bare, whole]) => whole / bare)));
  const beyond = median(turns.map(([bare, whole]) => whole - bare));
  return [
    `nascent ${command.slice(1, -2).join(' ')} ${seconds(ours)}, node -e 0 ${seconds(node)}: ${times} ×`,
    verdicts.atMost('Beyond the start of Node', beyond, floors.secondsBeyondNode, seconds),
  ].join('\n');
}

/** The same network, with the weights of our file, by PyTorch's exporters. */
async function writeTheirs(plain: string): Promise<readonly File[]> {
  const found = await findEnvironment();
  const python = process.env['PYTHON'] ?? (found.kind === 'ready' ? found.python : undefined);
  if (python === undefined) {
    say(verdicts.unknown(`Without PyTorch: ${found.kind === 'missing' ? found.reason : ''}.`));
    return [];
  }
  const weights = join(folder, 'weights');
  writeTensors(weights, await torchWeights(plain));
  const outs = { script: join(folder, 'script.onnx'), dynamo: join(folder, 'dynamo.onnx') };
  const script = join(import.meta.dirname, 'support', 'pytorch_export.py');
  const size = [shape.channels, shape.layers, shape.classes, opset].map(String);
  const args = [weights, JSON.stringify(genotype), ...size, outs.script, outs.dynamo];
  const { code, output } = await execute(python, ['-W', 'ignore', '-B', script, ...args]);
  if (code !== 0) {
    say(verdicts.unknown(`PyTorch's exporters cannot be used: ${lastLine(output)}`));
    return [];
  }
  const why = JSON.parse(lastLine(output)) as Readonly<Record<keyof typeof outs, string | null>>;
  const files: File[] = [];
  for (const [exporter, path] of Object.entries(outs)) {
    const reason = why[exporter as keyof typeof outs];
    if (reason === null) files.push(await fileOf(`torch.onnx, ${exporter}`, path));
    else say(`Without torch.onnx's ${exporter} exporter: ${reason}`);
  }
  if (files.length === 0) say(verdicts.unknown('No exporter of PyTorch wrote a file.'));
  return files;
}

async function torchWeights(path: string): Promise<Map<string, Tensor>> {
  const { graph } = decodeModel(await readFile(path));
  const weights = new Map<string, Tensor>();
  for (const tensor of graph.initializers) {
    if (tensor.dtype !== 'float32') continue;
    const { dtype, dims, data } = tensor;
    const [theirs] = torchNames(tensor.name, { nodes: 4, primitives: [] });
    if (theirs !== undefined) weights.set(theirs, { dtype, shape: dims, data });
  }
  return weights;
}

async function fileOf(name: string, path: string): Promise<File> {
  const bytes = await readFile(path);
  return { name, path, bytes: bytes.length, nodes: decodeModel(bytes).graph.nodes.length };
}

function measured(files: readonly File[], batch: number, times: number): Promise<Measured[]> {
  const args = (path: string) => [path, String(batch), String(threads)];
  return alternate(
    files.map(({ name, path }) => ({
      name,
      start: () => startOurs('onnxruntime-file.ts', args(path), threads),
    })),
    times,
  );
}

/** Holds every file in float32 to the first. */
function sameLogits(files: readonly File[], runs: readonly Measured[]): void {
  const [wanted] = runs;
  if (wanted === undefined) return;
  const truth = wanted.ready['logits'] as readonly number[];
  const largest = Math.max(...truth.map(Math.abs));
  say('');
  for (const [i, { name, ready }] of runs.entries()) {
    if (i === 0) continue;
    const logits = ready['logits'] as readonly number[];
    const apart =
      Math.max(...truth.map((value, at) => Math.abs(value - (logits[at] ?? Number.NaN)))) / largest;
    const what = `Logits of ${name} from those of ${wanted.name}, of the largest`;
    const show = (value: number) => value.toExponential(1);
    say(
      files[i]?.name.endsWith('int8') === true
        ? `${what} ${show(apart)}`
        : verdicts.atMost(what, apart, floors.apart, show),
    );
  }
}

/** What else the machine does meets both runs of a round. */
function byRound(one: Measured, other: Measured): number {
  return median(one.seconds.map((seconds, round) => seconds / (other.seconds[round] ?? Number.NaN)));
}

function table(
  files: readonly File[],
  runs: readonly Measured[],
  loads: readonly Measured[],
  rivalsFrom: number,
): string {
  const rivals = runs.slice(rivalsFrom);
  const ms = (seconds: number | undefined) => `${(1000 * (seconds ?? Number.NaN)).toFixed(1)} ms`;
  return columns([
    ['', 'p50', 'fastest', 'CPU', 'load', 'nodes', 'bytes', ...rivals.map(({ name }) => `to ${name}`)],
    ...runs.map((run, i) => [
      run.name,
      ms(run.median),
      ms(run.fastest),
      ms(run.cpu),
      ms(loads[i]?.median),
      shown(files[i]?.nodes),
      shown(files[i]?.bytes),
      ...rivals.map((rival) => ratio(byRound(run, rival))),
    ]),
  ]);
}
