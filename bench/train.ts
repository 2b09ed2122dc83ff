/**
 * How fast a found network is trained: `npm run bench:train [-- --rounds 3 --batch 96 --channels 36 --layers 20
 * --threads 2 --check --compile]`.
 *
 * One step of the evaluation of DARTS_V2 (appendix A.2: auxiliary head, drop path, clipped SGD with momentum) on
 * tfjs-node-gpu and, where `npm run test:oracle` has installed it, on the oracle's PyTorch network, in channels_last. Each runs
 * in a process of its own; their runs alternate, so that what else the machine does meets both, and medians are compared. With
 * `--compile`, torch.compile runs beside them, which takes minutes to begin. With `--check`, a floor that is not met makes the
 * exit code 3, as does the lack of a PyTorch to hold it to. At batch 96 PyTorch takes 10 GB.
 */
import { exitCodes } from '../src/errors.ts';
import { publishedGenotypes } from '../src/space/images/published.ts';
import { findEnvironment } from '../test/oracle/environment.ts';
import { alternate, createVerdicts, machine, raced, startOurs, startTorch } from './support/contest.ts';
import { toArguments, told } from './support/size.ts';

/** What a change may not fall behind, for the default size on 2 cores. */
const floors = { ofPyTorch: 0.7, bytes: 3.3e9 } as const;

const { size, rounds, check, compile } = told({ rounds: 3, batch: 96, channels: 36, layers: 20, threads: 2 });
const say = (line: string) => console.log(line);
const verdicts = createVerdicts();

say(machine(size.threads));
const environment = await findEnvironment();
if (environment.kind === 'missing') say(verdicts.unknown(`Without PyTorch: ${environment.reason}.`));

const genotype = JSON.stringify(publishedGenotypes.DARTS_V2);
const contestants = await alternate(
  [
    {
      name: 'Nascent, tfjs-node-gpu',
      start: () => startOurs('nascent-train-step.ts', toArguments(size), size.threads),
    },
    ...(environment.kind === 'missing'
      ? []
      : (['eager', ...(compile ? (['compiled'] as const) : [])] as const).map((form) => ({
          name: `PyTorch ${environment.version}, channels_last${form === 'eager' ? '' : ', torch.compile'}`,
          start: () =>
            startTorch(environment.python, 'pytorch_train_step.py', [form, ...toArguments(size), genotype]),
        }))),
  ],
  rounds,
);
const { channels, layers, batch } = size;
say(`\nOne training step of DARTS_V2: C = ${channels}, L = ${layers}, batch ${batch}, ${rounds} rounds\n`);
say(raced(contestants, { launches: 'kernels' }, floors, verdicts));
if (check && !verdicts.allMet()) process.exitCode = exitCodes.gateFailed;
