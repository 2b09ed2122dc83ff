/**
 * How fast a search is: `npm run bench:search [-- --rounds 5 --batch 32 --channels 16 --layers 8 --threads 2 --check
 * --compile]`.
 *
 * First, one first-order pass of the supernet (forward, backward, ∇α) on tfjs-node-gpu and, where `npm run test:oracle`
 * has installed it, on the oracle's PyTorch, in its default layout and in channels_last. Each runs in a process of its
 * own; their runs alternate, so that what else the machine does meets all of them, and medians are compared. With
 * `--compile`, torch.compile runs beside them, which takes minutes to begin. Then a bilevel step of either order. With `--check`, a floor that is not met makes the exit code 3, as does the
 * lack of a PyTorch to hold it to.
 */
import { exitCodes } from '../src/errors.ts';
import { dartsPrimitives } from '../src/space/images/primitives.ts';
import { findEnvironment } from '../test/oracle/environment.ts';
import {
  alternate,
  createVerdicts,
  machine,
  raced,
  ratio,
  shown,
  startOurs,
  startTorch,
  timing,
} from './support/contest.ts';
import { nodes, toArguments, told } from './support/size.ts';
import { columns } from './support/table.ts';

/** What a change may not fall behind, for the default size on 2 cores: with ops of our own, and by TensorFlow's alone. */
const floorsOf = {
  native: { ofPyTorch: 0.5, bytes: 1.3e9, launches: 3_000 },
  plain: { ofPyTorch: 1.4, bytes: 4e9, launches: 22_500 },
} as const;
const secondOrder = 2.7;

const { size, rounds, check, compile } = told({ rounds: 5, batch: 32, channels: 16, layers: 8, threads: 2 });
const say = (line: string) => console.log(line);
const verdicts = createVerdicts();

say(machine(size.threads));
const environment = await findEnvironment();
if (environment.kind === 'missing') say(verdicts.unknown(`Without PyTorch: ${environment.reason}.`));

const layouts = ['contiguous', 'channels_last'] as const;
const names = {
  contiguous: 'default layout',
  channels_last: 'channels_last',
  compiled: 'channels_last, torch.compile',
} as const;
const network = [String(nodes), dartsPrimitives.join(',')];
const passes = await alternate(
  [
    {
      name: 'Nascent, tfjs-node-gpu',
      start: () => startOurs('nascent-pass.ts', toArguments(size), size.threads),
    },
    ...(environment.kind === 'missing'
      ? []
      : [...layouts, ...(compile ? (['compiled'] as const) : [])].map((layout) => ({
          name: `PyTorch ${environment.version}, ${names[layout]}`,
          start: () =>
            startTorch(environment.python, 'pytorch_pass.py', [layout, ...toArguments(size), ...network]),
        }))),
  ],
  rounds,
);
say(
  `\nOne first-order pass: C = ${size.channels}, L = ${size.layers}, batch ${size.batch}, ${rounds} rounds\n`,
);
const native = passes[0]?.ready['nativeOps'] === true;
const floors = floorsOf[native ? 'native' : 'plain'];
say(`Ops of our own: ${native ? 'in use' : 'not in use; TensorFlow\u2019s alone'}\n`);
say(raced(passes, { 'launches, forward': 'forwardKernels', 'launches, all': 'kernels' }, floors, verdicts));
say(verdicts.atMost('Launches', Number(passes[0]?.ready['kernels']), floors.launches, shown));

const steps = await alternate(
  ([1, 2] as const).map((order) => ({
    name: order === 1 ? 'first order' : 'second order',
    start: () => startOurs('nascent-step.ts', [String(order), ...toArguments(size)], size.threads),
  })),
  rounds,
);
say(`\nOne bilevel step, alphas and weights\n`);
say(
  columns([
    ['', 'median', 'fastest', 'CPU', 'peak memory', 'launches'],
    ...steps.map((step) => [...timing(step), shown(step.ready['kernels'])]),
  ]),
);
const [first, second] = steps;
if (first !== undefined && second !== undefined) {
  say('');
  say(verdicts.atMost('Second order to first', second.median / first.median, secondOrder, ratio));
  for (const step of steps) say(`${step.name}: ${verdicts.steady(step)}`);
}
if (check && !verdicts.allMet()) process.exitCode = exitCodes.gateFailed;
