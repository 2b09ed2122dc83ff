/**
 * The process that a job runs in. A job's code is loaded when it is asked for: two native libraries in one process are
 * one more than needed.
 */

import { serveJob } from '../../run/serve.ts';
import { jobs } from './jobs.ts';

serveJob(jobs);
