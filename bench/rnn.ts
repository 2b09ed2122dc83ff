/**
 * How fast a recurrent search is: `npm run bench:rnn [-- --rounds 3 --batch 256 --bptt 35 --units 300 --words 10000
 * --threads 2 --check]`.
 *
 * One first-order step, alphas and weights, on tfjs-node-gpu and, where `npm run test:oracle` has installed it, on the
 * oracle's PyTorch cell. Each runs in a process of its own; their runs alternate, so that what else the machine does
 * meets both, and medians are compared. With `--check`, a floor that is not met makes the exit code 3,
 * as does the lack of a PyTorch to hold it to.
 */
import { exitCodes } from '../src/errors.ts';
import { findEnvironment } from '../test/oracle/environment.ts';
import { alternate, createVerdicts, machine, raced, startOurs, startTorch } from './support/contest.ts';
import { rnnConfigOf, rnnToArguments, toldRnn } from './support/rnn-size.ts';

/** What a change may not fall behind, for the default size on 2 cores; where PyTorch multiplies matrices faster, it is 0.54. */
const floors = { ofPyTorch: 0.35, bytes: 2.5e9 } as const;

const { size, rounds, check } = toldRnn();
const say = (line: string) => console.log(line);
const verdicts = createVerdicts();

say(machine(size.threads));
const environment = await findEnvironment();
if (environment.kind === 'missing') say(verdicts.unknown(`Without PyTorch: ${environment.reason}.`));

const settings = JSON.stringify(rnnConfigOf(size));
const contestants = await alternate(
  [
    {
      name: 'Nascent, tfjs-node-gpu',
      start: () => startOurs('nascent-rnn-step.ts', rnnToArguments(size), size.threads),
    },
    ...(environment.kind === 'missing'
      ? []
      : [
          {
            name: `PyTorch ${environment.version}`,
            start: () =>
              startTorch(environment.python, 'pytorch_rnn_step.py', [...rnnToArguments(size), settings]),
          },
        ]),
  ],
  rounds,
);
const { batch, bptt, units, words } = size;
say(
  `\nOne first-order step: batch ${batch}, bptt ${bptt}, ${units} units, ${words} words, ${rounds} rounds\n`,
);
say(raced(contestants, { kernels: 'kernels' }, floors, verdicts));
if (check && !verdicts.allMet()) process.exitCode = exitCodes.gateFailed;
