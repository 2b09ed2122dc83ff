/** What is said of a node, and what onnxruntime makes of it. */
import * as fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { faultsIn } from '../../../../../exporters/onnx/check/check.ts';
import { importOnnx } from '../../../../../exporters/onnx/import.ts';
import { UnreadableModel } from '../../../../../exporters/onnx/problems.ts';
import { encodeModel, type OnnxDataType } from '../../../../../proto/onnx.ts';
import { NascentError } from '../../../../../src/errors.ts';
import { sizeOf } from '../../../../../src/graph/tensor.ts';
import { tries } from '../../../../support/properties.ts';
import { fedOf, modelFor, type NodeCase } from './node-case.ts';

/** What is said of a case. */
export function faultOf(given: NodeCase): string | undefined {
  const model = modelFor(given);
  const [fault] = faultsIn(model);
  try {
    importOnnx(model);
    return fault;
  } catch (error) {
    if (!(error instanceof NascentError)) throw error;
    const problems = error.cause instanceof UnreadableModel ? error.cause.problems : [];
    return problems.find(({ code }) => code === 'shape')?.text ?? fault;
  }
}

/** Ones of a type, as onnxruntime is fed them. */
function onesOf(dtype: OnnxDataType, shape: readonly number[]): Tensor {
  const size = sizeOf(shape);
  const arrays = {
    float32: () => new Float32Array(size).fill(1),
    int64: () => new BigInt64Array(size).fill(1n),
    int32: () => new Int32Array(size).fill(1),
    uint8: () => new Uint8Array(size).fill(1),
    int8: () => new Int8Array(size).fill(1),
    bool: () => new Uint8Array(size).fill(1),
  };
  if (!Object.hasOwn(arrays, dtype)) throw new Error(`no case is fed ${dtype}`);
  const known = dtype as keyof typeof arrays;
  return new Tensor(known, arrays[known](), [...shape]);
}

/** Why onnxruntime does not compute a case; undefined where it does. */
export async function refusalOf(given: NodeCase): Promise<string | undefined> {
  try {
    const session = await InferenceSession.create(encodeModel(modelFor(given)), {
      logSeverityLevel: 4,
      intraOpNumThreads: 1,
      graphOptimizationLevel: 'disabled',
    });
    const feeds = fedOf(given).map(([name, { fed, shape }]): [string, Tensor] => [
      name,
      onesOf(fed, shape.map(Number)),
    ]);
    await session.run(Object.fromEntries(feeds));
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** Tests of families of cases: what is called a fault is what onnxruntime refuses, and nothing else is. */
export function held(families: Readonly<Record<string, fc.Arbitrary<NodeCase>>>, runs = 300): void {
  for (const [name, cases] of Object.entries(families)) {
    it(name, async () => {
      await fc.assert(
        fc.asyncProperty(cases, async (given) => {
          const fault = faultOf(given);
          const refusal = await refusalOf(given);
          expect({ given, fault, refusal, refused: fault !== undefined }).toEqual({
            given,
            fault,
            refusal,
            refused: refusal !== undefined,
          });
        }),
        { numRuns: tries(runs) },
      );
    });
  }
}
