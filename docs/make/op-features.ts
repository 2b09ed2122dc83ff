/** What becomes of each op: in ONNX, in gradients, in every runtime. Read from the tables that the program itself uses. */
import { forms } from '../../exporters/onnx/forms/forms.ts';
import { opsets } from '../../exporters/onnx/export.ts';
import { rules } from '../../src/autodiff/rules.ts';
import type { OpName } from '../../src/graph/attributes.ts';
import { isOwn, opNames } from '../../src/graph/ops.ts';
import { kernels as referenceKernels } from '../../src/runtime/reference/kernels.ts';
import { cpuKernels } from '../../src/runtime/tfjs/cpu/kernels.ts';
import type { CpuOps } from '../../src/runtime/tfjs/cpu/ops.ts';
import type { TensorFlowOps } from '../../src/runtime/tfjs/tensorflow/device.ts';
import { tensorflowKernels } from '../../src/runtime/tfjs/tensorflow/kernels.ts';
import { code, table } from './table.ts';

/** The tables of kernels are made over a device's ops, and are asked here only which ops they have. */
const noDevice: unknown = new Proxy({}, { get: () => () => {} });
const withoutScan: Readonly<Record<string, object>> = {
  reference: referenceKernels,
  'tfjs-node-gpu': tensorflowKernels(noDevice as TensorFlowOps),
  'tfjs-cpu': cpuKernels(noDevice as CpuOps),
  // Its kernels are ONNX's: what it is given is what the exporter writes.
  onnxruntime: forms,
};

export function opFeatures(): string[] {
  const runtimes = Object.entries(withoutScan);
  const row = (op: OpName) => [
    code(op),
    isOwn(op) ? 'definition' : '✔',
    gradientOf(op),
    ...runtimes.map(([, kernels]) => supportOf(op, kernels)),
  ];
  const head = ['op', 'ONNX', 'gradient', ...runtimes.map(([name]) => name)];
  const standard = opNames.filter((op) => !isOwn(op));
  const own = opNames.filter(isOwn);
  const [oldest, newest] = [Math.min(...opsets), Math.max(...opsets)];
  return [
    '## Ops',
    `✔ has a kernel, a rule (of zero, where an op is flat) or a form of its own. _definition_: runs, is differentiated or is written as the standard ops that define it. _loop_: the runtime walks the body itself. ONNX is written and read, opset ${oldest} to ${newest}.`,
    `### ONNX's (${standard.length})`,
    table(head, ...standard.map(row)),
    `### Ours (${own.length})`,
    table(head, ...own.map(row)),
  ];
}

function supportOf(op: OpName, kernels: object): string {
  if (Object.hasOwn(kernels, op)) return '✔';
  if (isOwn(op)) return 'definition';
  // A body is a graph, not something for a table of kernels; onnxruntime has it in the file.
  return kernels === forms ? '✔' : 'loop';
}

function gradientOf(op: OpName): string {
  const rule = rules[op];
  if (rule === 'none') return '—';
  return rule === 'definition' ? 'definition' : '✔';
}
