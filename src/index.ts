/**
 * Nascent as a library: what the command line is made of.
 *
 * Everything is a graph. Build one with `GraphBuilder`, differentiate it with `grad`, count it, run it in any `Runtime`,
 * write it with `exportOnnx`. The space turns genotypes into such graphs; `search`, `train`, `exportRun`,
 * `validateModel` and `parity` do over run folders what the commands do, in this process.
 *
 * Native libraries are loaded when a runtime that needs them is opened, not by importing this module.
 */

import { searchJob } from './search/job.ts';
import type { SearchOutcome } from './search/job.ts';
import { searchOrder, type SearchOrder } from './search/order.ts';
import { trainJob } from './train/job.ts';
import type { TrainOutcome } from './train/job.ts';
import { trainOrder, type TrainOrder } from './train/order.ts';
import { checkedOrder } from './run/jobs.ts';
import { requireReporter, type Reporter } from './run/reporter.ts';
import { requireSignal } from './files/progress.ts';

// Errors that a person can act on.
export { NascentError, exitCodes } from './errors.ts';
export type { ErrorCode, ExitCode } from './errors.ts';

// Graphs: building, checking, printing, counting.
export { GraphBuilder } from './graph/builder.ts';
export { verify } from './graph/verify.ts';
export { print as printGraph } from './graph/print.ts';
export { countMacs, countParameters } from './graph/count.ts';
export { initialise } from './graph/initialise.ts';
export { lower } from './graph/definitions.ts';
export { floats, integers, scalar } from './graph/tensor.ts';
export type { Tensor, TensorData, Tensors } from './graph/tensor.ts';
export type {
  DType,
  Dim,
  Graph,
  GraphInput,
  GraphOutput,
  Initializer,
  InputRole,
  Node,
  Shape,
  TensorType,
  Value,
} from './graph/types.ts';
export type { OpAttributes, OpName } from './graph/attributes.ts';

// Gradients, from graph to graph; of gradients, too.
export { grad } from './autodiff/grad.ts';

// ONNX, written and read.
export { exportOnnx } from '../exporters/onnx/export.ts';
export type { ExportOptions, Opset } from '../exporters/onnx/export.ts';
export { importOnnx } from '../exporters/onnx/import.ts';
export type { ImportedModel } from '../exporters/onnx/import.ts';
export { decodeModel, encodeModel } from '../proto/onnx.ts';
export type { OnnxModel } from '../proto/onnx.ts';

// Runtimes: what there is here, the fastest of them, and the exact one.
export { openEngine } from './runtime/engine.ts';
export { engineNames } from './runtime/registry.ts';
export type { Engine } from './runtime/engine.ts';
export type { EngineName, RuntimeName } from './runtime/registry.ts';
export { createReferenceRuntime } from './runtime/reference/runtime.ts';
export { probeRuntimes } from './runtime/probe/probe.ts';
export type { RuntimeReport } from './runtime/probe/probe.ts';
export type { CompileOptions, Program, Runtime, Store } from './runtime/runtime.ts';
export { Random } from './random.ts';

// The space: genotypes, the networks they stand for, derivation from alphas, drawings.
export { derive, skipCount } from './space/images/derive.ts';
export { loadGenotype, parseGenotype } from './space/images/genotype-load.ts';
export { genotypeFromJson, genotypeToJson } from './space/images/genotype-json.ts';
export { genotypeFromNotation, genotypeToNotation } from './space/images/genotype-notation.ts';
export { validateGenotype } from './space/images/genotype.ts';
export type { CellGenotype, CnnGenotype, NodeInput } from './space/images/genotype.ts';
export { inferenceGraph } from './space/images/network-graphs.ts';
export type { CnnShape } from './space/images/cnn.ts';
export { cnnPrimitives, dartsPrimitives } from './space/images/primitives.ts';
export type { CnnOp, CnnPrimitive } from './space/images/primitives.ts';
export { publishedGenotypes } from './space/images/published.ts';
export { genotypeSvg } from './report/svg.ts';
export { genotypeDot, rnnGenotypeDot } from './report/dot.ts';

// Recurrent cells: genotypes, their language models, drawings.
export { deriveRnn } from './space/text/derive.ts';
export { isRnnGenotype, loadRnnGenotype, parseRnnGenotype } from './space/text/genotype-load.ts';
export {
  rnnGenotypeFromJson,
  rnnGenotypeFromNotation,
  rnnGenotypeToJson,
  rnnGenotypeToNotation,
} from './space/text/genotype-text.ts';
export { validateRnnGenotype } from './space/text/genotype.ts';
export type { RnnGenotype, RnnNode } from './space/text/genotype.ts';
export { rnnInferenceGraph } from './space/text/inference.ts';
export type { RnnShape } from './space/text/model.ts';
export { publishedRnnGenotypes } from './space/text/published.ts';
export { rnnGenotypeSvg } from './report/rnn-svg.ts';
export { reportHtml } from './report/html.ts';
export { parityHtml } from './report/parity-page.ts';
export { readRun } from './report/read-run.ts';
export type { ReportedRun } from './report/read-run.ts';

// Data.
export { dataNames, datasetNamed, datasets } from './data/registry.ts';
export type { DataName } from './data/registry.ts';
export type { DatasetRow } from './data/row.ts';
export { getCifar10 } from './data/images/published/get.ts';
export type { ImageDataset } from './data/images/dataset.ts';

// The main road. Each takes the order that the command of its name gives, and reports as it goes.
export { searchPresets } from './tasks/images/search-settings.ts';
export type { SearchConfig } from './tasks/images/search-settings.ts';
export type { SearchOutcome } from './search/job.ts';
export type { SearchOrder } from './search/order.ts';
export { trainPresets } from './tasks/images/train-settings.ts';
export type { TrainConfig } from './tasks/images/train-settings.ts';
export type { TrainOutcome } from './train/job.ts';
export type { TrainOrder } from './train/order.ts';
export { exportGenotype, exportRun } from './model/export.ts';
export type { ExportOutcome } from './model/export.ts';
export type { ExportOrder, GenotypeExport, RunExport } from './model/order.ts';
export { rnnSearchPresets } from './tasks/text/search-settings.ts';
export type { RnnSearchConfig } from './tasks/text/search-settings.ts';
export { rnnTrainPresets } from './tasks/text/train-settings.ts';
export type { RnnTrainConfig } from './tasks/text/train-settings.ts';
export { taskOf, tasks } from './tasks/tasks.ts';
export type { Metric, Task, TaskName } from './tasks/task.ts';
export type { Genotype, Space } from './space/space.ts';
export { validateModel } from './evaluate/accuracy.ts';
export type { Validation } from './evaluate/accuracy.ts';
export type { ValidateOrder } from './evaluate/order.ts';
export { compareFiles, compareRuntimes } from './parity/compare-runtimes.ts';
export type { CompareControl, CompareOptions } from './parity/compare-runtimes.ts';
export { benchModel } from './onnx/bench-model.ts';
export type { BatchTimes, ModelBench } from './onnx/bench-model.ts';
export { checkModel, requireSound } from './onnx/check-model.ts';
export type { CheckedValue, ModelCheck } from './onnx/check-model.ts';
export { requireExpected, runModel } from './onnx/run-model.ts';
export type { ModelRun } from './onnx/run-model.ts';
export type { BenchModelOrder, RunModelOrder } from './onnx/order.ts';
export { parity } from './parity/parity.ts';
export type { PluginRun, PluginTensor, PluginTensors } from './parity/plugin.ts';
export type { ParityOrder } from './parity/order.ts';
export { requireParity } from './parity/parity-report.ts';
export type { OutputReport, PairReport, ParityReport } from './parity/parity-report.ts';
export type { Climb } from './parity/climb.ts';
export type { FilesBisectReport, FilesPlace } from './parity/bisect/bisect-files.ts';
export type { BisectFound, BisectReport } from './parity/bisect/write-repro.ts';
export type { Layer, LayerReport } from './parity/layers.ts';
export type { OtherReport } from './parity/other-file.ts';
export { renderParity } from './parity/render-parity.ts';
export { openRun } from './run/directory.ts';
export type { Run } from './run/directory.ts';
export type { RunRecord } from './run/record.ts';
export { reporterTo, silentReporter } from './run/reporter.ts';
export type { Reporter } from './run/reporter.ts';
export type { JobEvent } from './run/events.ts';

/**
 * Searches into a new run folder, or resumes one. Stops at a checkpoint when `signal` is aborted.
 *
 * @throws NascentError 'input/invalid' naming the field of an order that is wrong; what the search throws
 */
export async function search(
  order: SearchOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<SearchOutcome> {
  const resolved = checkedOrder('search', searchOrder, order);
  requireReporter(reporter, 'search');
  requireSignal(signal, 'search');
  return searchJob(resolved, reporter, signal);
}

/**
 * Trains the network of a genotype into a new run folder, or resumes one. Stops as `search` does.
 *
 * @throws NascentError 'input/invalid' naming the field of an order that is wrong; what the training throws
 */
export async function train(
  order: TrainOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<TrainOutcome> {
  const resolved = checkedOrder('train', trainOrder, order);
  requireReporter(reporter, 'train');
  requireSignal(signal, 'train');
  return trainJob(resolved, reporter, signal);
}
