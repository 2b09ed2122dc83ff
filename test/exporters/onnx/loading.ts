/** What is called a fault is held to whether onnxruntime loads the model. */
import { InferenceSession } from 'onnxruntime-node';
import { expect } from 'vitest';
import { encodeModel, type OnnxModel } from '../../../proto/onnx.ts';

/** Why onnxruntime does not load a model; undefined where it does. */
async function refusalOf(model: OnnxModel): Promise<string | undefined> {
  try {
    const session = await InferenceSession.create(encodeModel(model), { logSeverityLevel: 4 });
    await session.release();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** Expects that onnxruntime refuses a model that has faults, and loads one that has none. */
export async function expectRefused(model: OnnxModel, faults: readonly string[]): Promise<void> {
  const refusal = await refusalOf(model);
  expect({ faults, refusal, refused: faults.length > 0 }).toMatchObject({ refused: refusal !== undefined });
}
