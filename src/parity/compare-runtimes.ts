/** The comparison of runtimes for programs: what `nascent parity` does, with nothing said and nothing to stop it unless given. */
import { NascentError } from '../errors.ts';
import { requireSignal } from '../files/progress.ts';
import { requireObject } from '../run/checked-order.ts';
import { requireReporter, silentReporter, type Reporter } from '../run/reporter.ts';
import type { ParityOrder } from './order.ts';
import type { ParityReport } from './parity-report.ts';
import { parity } from './parity.ts';

/** What a comparison is told but for the model. */
export type CompareOptions = Omit<ParityOrder, 'model' | 'other'>;

/** Whom it tells how it goes, and what ends it. */
export interface CompareControl {
  readonly reporter?: Reporter;
  readonly signal?: AbortSignal;
}

/**
 * Runs a model file in every runtime that is ready, each in a process of its own, and compares them. Whether that is
 * good enough, `requireParity` says. With `bisect`, a folder, the smallest part of the model in which the worst runtime
 * differs is written there, and told in `bisect` of the report.
 *
 * @param model the path of an .onnx file
 * @throws NascentError as `parity` does; what a runtime does wrong is in the report
 */
export async function compareRuntimes(
  model: string,
  options: CompareOptions = {},
  control: CompareControl = {},
): Promise<ParityReport> {
  return compared('compareRuntimes', { model }, options, control);
}

/**
 * Holds another model file to what the first does: before and after a simplifier, float32 and int8. The report has a row
 * for each runtime that the other was run in (default: onnxruntime-cpu), figures for each output, and for each value in
 * between that both files have; `other` says which have no counterpart.
 *
 * With `bisect: true`, `bisectFiles` of the report is the first place where the two part: the node in each, and figures.
 *
 * What is allowed is what float32 costs the first, unless `atol`, `rtol` or `minSnr` say otherwise.
 *
 * @throws NascentError as `compareRuntimes` does; 'input/invalid' where the two do not take the same inputs
 */
export async function compareFiles(
  first: string,
  other: string,
  options: CompareOptions = {},
  control: CompareControl = {},
): Promise<ParityReport> {
  // A program that is not checked by a compiler may leave it out, and would have the first alone compared.
  if (typeof other !== 'string') {
    throw new NascentError(
      'input/invalid',
      `compareFiles takes the paths of two files, and was given ${typeof other} as the second`,
      {
        help: "Name both: compareFiles('a.onnx', 'b.onnx') holds b to a; compareRuntimes('a.onnx') compares runtimes.",
      },
    );
  }
  return compared('compareFiles', { model: first, other }, options, control);
}

async function compared(
  who: string,
  files: Pick<ParityOrder, 'model' | 'other'>,
  options: CompareOptions,
  control: CompareControl,
): Promise<ParityReport> {
  requireObject(options, who, 'options');
  requireObject(control, who, 'control');
  const { reporter = silentReporter, signal = new AbortController().signal } = control;
  requireReporter(reporter, who);
  requireSignal(signal, who);
  return parity({ ...options, ...files }, reporter, signal);
}
