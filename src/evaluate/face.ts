/**
 * What a model file says of itself: all but its nodes and its weights. Who only asks that has the file opened by a process
 * of its own, so that one that takes too much, or crashes what reads it, ends nobody else.
 */
import { z } from 'zod';
import type { OnnxModel, OnnxTensor, OnnxValueInfo } from '../../proto/onnx.ts';
import { dataInputs } from './image-model.ts';
import { identityOf, readModelFile, type ModelIdentity } from './model-file.ts';

/** A model without what it is made of. */
export type Face = Pick<
  OnnxModel,
  'irVersion' | 'opsets' | 'producerName' | 'producerVersion' | 'metadata'
> & {
  readonly graph: {
    readonly inputs: readonly OnnxValueInfo[];
    readonly outputs: readonly OnnxValueInfo[];
    readonly initializers: readonly Pick<OnnxTensor, 'name'>[];
  };
};

/** A file, and what it says; a `ModelFile` is one. */
export interface FacedFile extends ModelIdentity {
  readonly model: Face;
}

export const faceOrder = z.strictObject({ model: z.string() });

/** @throws NascentError as `readModelFile` does */
export async function readFace({ model: path }: z.input<typeof faceOrder>): Promise<FacedFile> {
  const file = await readModelFile(path);
  const { irVersion, opsets, producerName, producerVersion, metadata, graph } = file.model;
  return {
    ...identityOf(file),
    model: {
      irVersion,
      opsets,
      producerName,
      producerVersion,
      metadata,
      graph: { inputs: dataInputs(file.model), outputs: graph.outputs, initializers: [] },
    },
  };
}
