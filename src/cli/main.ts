#!/usr/bin/env node
/** The command `nascent`. */

import { endOnClosedPipe, exitWhenWritten } from './shell/output.ts';
import { run } from './shell/run.ts';

endOnClosedPipe();
exitWhenWritten(await run(process.argv.slice(2)));
