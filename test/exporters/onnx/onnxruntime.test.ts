/** onnxruntime takes what is exported, and computes what the reference runtime computes. */
import * as fc from 'fast-check';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { exportOnnx, opsets } from '../../../exporters/onnx/export.ts';
import { importOnnx } from '../../../exporters/onnx/import.ts';
import { decodeModel } from '../../../proto/onnx.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { isOwn, opNames } from '../../../src/graph/ops.ts';
import type { Tensor, Tensors } from '../../../src/graph/tensor.ts';
import type { DType, Graph } from '../../../src/graph/types.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { opGraph } from '../../support/case.ts';
import { difference } from '../../support/compare.ts';
import { writableCases } from './cases.ts';
import { build, networks } from './networks.ts';
import { tries } from '../../support/properties.ts';

const reference = createReferenceRuntime();

/** As written, without onnxruntime's own rewriting; errors only on stderr. */
const options = { graphOptimizationLevel: 'disabled', logSeverityLevel: 3 } as const;

function toOrt({ dtype, shape, data }: Tensor): OrtTensor {
  if (dtype === 'float32') return new OrtTensor('float32', Float32Array.from(data), shape);
  if (dtype === 'bool') return new OrtTensor('bool', Uint8Array.from(data), shape);
  return new OrtTensor('int64', BigInt64Array.from(Array.from(data, BigInt)), shape);
}

function fromOrt({ type, dims, data }: OrtTensor): Tensor {
  const values = Array.from(data as ArrayLike<number | bigint>, Number);
  return { dtype: type as DType, shape: dims, data: Float64Array.from(values) };
}

async function runOrt(bytes: Uint8Array, feeds: Tensors): Promise<Tensors> {
  const session = await InferenceSession.create(bytes, options);
  const outputs = await session.run(
    Object.fromEntries([...feeds].map(([name, tensor]) => [name, toOrt(tensor)])),
  );
  await session.release();
  return new Map(Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(tensor)]));
}

async function runReference(graph: Graph, feeds: Tensors): Promise<Tensors> {
  const program = await reference.compile(graph);
  return program.run(feeds);
}

describe('an op does in onnxruntime what it does here', () => {
  for (const op of opNames.filter((name) => !isOwn(name))) {
    it(op, async () => {
      await fc.assert(
        fc.asyncProperty(
          writableCases(op),
          fc.constantFrom(...opsets.filter((version) => version >= 16)),
          async (opCase, opset) => {
            const { graph, feeds } = opGraph(opCase);
            const given = await runOrt(exportOnnx(graph, { opset }), feeds);
            const expected = await runReference(graph, feeds);
            expect(difference(given, expected, { absolute: 1e-5, relative: 1e-5 })).toBeUndefined();
          },
        ),
        { numRuns: tries(12) },
      );
    });
  }
});

describe('a network', () => {
  it('gives the same numbers at any batch size, exported and imported again', async () => {
    await fc.assert(
      fc.asyncProperty(networks, fc.integer({ min: 1, max: 3 }), async (network, batch) => {
        const { graph, weights, feed } = build(network);
        const image = feed(batch);
        const bytes = exportOnnx(graph, { weights });
        const given = await runOrt(bytes, new Map([['image', image]]));
        const back = importOnnx(decodeModel(bytes));
        const expected = await runReference(back.graph, new Map([['image', image], ...back.weights]));
        expect(difference(given, expected, { absolute: 1e-4, relative: 1e-4 })).toBeUndefined();
      }),
      { numRuns: tries(40) },
    );
  });

  it('is loaded at every opset that is offered, its batch open', async () => {
    const { graph, weights } = build({
      layers: [
        'conv',
        'norm',
        'relu',
        'max',
        'average',
        'shift',
        'pad',
        'twice',
        'scale',
        'dilated',
        'depthwise',
      ],
      channels: 3,
      size: 6,
      classes: 4,
      seed: 7,
    });
    for (const opset of opsets) {
      const session = await InferenceSession.create(exportOnnx(graph, { weights, opset }), options);
      expect(session.inputMetadata).toMatchObject([
        { name: 'image', type: 'float32', shape: ['batch', 3, 6, 6] },
      ]);
      expect(session.outputMetadata).toMatchObject([
        { name: 'logits', type: 'float32', shape: ['batch', 4] },
        { name: 'logProbabilities', type: 'float32', shape: ['batch', 4] },
      ]);
      await session.release();
    }
  });
});

describe('an extent of 0', () => {
  it('is no extent that is copied', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2, 0]);
    const graph = b.finish('nothing', {
      y: b.op('Reshape', [x], { shape: [0, 3] }),
      z: b.op('Reshape', [x], { shape: [5, 0] }),
    });
    const feeds: Tensors = new Map([['x', { dtype: 'float32', shape: [2, 0], data: new Float64Array(0) }]]);
    const bytes = exportOnnx(graph);
    const given = await runOrt(bytes, feeds);
    expect([...given.values()].map(({ shape }) => [...shape])).toEqual([
      [0, 3],
      [5, 0],
    ]);
    const back = importOnnx(decodeModel(bytes));
    expect([...(await runReference(back.graph, feeds)).values()].map(({ shape }) => shape)).toEqual([
      [0, 3],
      [5, 0],
    ]);
    expect(() => exportOnnx(graph, { opset: 13 })).toThrow('makes an extent of 0, which opset 13 cannot say');
  });
});
