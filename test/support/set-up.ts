/** Before every file of tests: properties take their seed from the environment. */
import * as fc from 'fast-check';

import { runsOf, seedOf } from './properties.ts';

const numRuns = runsOf(process.env['FC_RUNS']);
fc.configureGlobal({ seed: seedOf(process.env['FC_SEED']), ...(numRuns !== undefined && { numRuns }) });
