/** Exporting as a job: a trained run, or a genotype that is not trained. */
import type { Reporter } from '../run/reporter.ts';
import { exportRun, type ExportOutcome, type RunExport } from './export.ts';
import { exportGenotype, type GenotypeExport } from './untrained.ts';

export type ExportOrder = RunExport | GenotypeExport;

export function exportJob(order: ExportOrder, reporter: Reporter): Promise<ExportOutcome> {
  return 'run' in order ? exportRun(order, reporter) : exportGenotype(order, reporter);
}
