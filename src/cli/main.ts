#!/usr/bin/env node
/** The command `nascent`. */

import { endOnClosedPipe, exitWhenWritten } from './output.ts';
import { run } from './run.ts';

endOnClosedPipe();
exitWhenWritten(await run(process.argv.slice(2)));
