/** Export and import are inverse, over every op and over random networks. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportOnnx, opsets } from '../../../exporters/onnx/export.ts';
import { importOnnx } from '../../../exporters/onnx/import.ts';
import { decodeModel } from '../../../proto/onnx.ts';
import { lower } from '../../../src/graph/definitions.ts';
import { isOwn, opNames } from '../../../src/graph/ops.ts';
import { verify } from '../../../src/graph/verify.ts';
import { triesOf } from '../../support/arbitraries.ts';
import { opGraph } from '../../support/case.ts';
import { canonical, text } from './canonical.ts';
import { writableCases } from './cases.ts';
import { build, networks } from './networks.ts';
import { tries } from '../../support/properties.ts';
import { digested } from '../../support/digested.ts';

const opset = fc.constantFrom(...opsets.filter((version) => version >= 16));

describe('a graph of one op comes back from ONNX as it was', () => {
  for (const op of opNames) {
    it(op, () => {
      fc.assert(
        fc.property(writableCases(op), opset, (opCase, opset) => {
          const { graph } = opGraph(opCase);
          const standard = isOwn(op) ? lower(graph) : graph;
          const back = importOnnx(decodeModel(exportOnnx(graph, { opset })));
          expect(text(verify(back.graph))).toBe(canonical(standard, new Map()));
        }),
        { numRuns: triesOf(op) },
      );
    });
  }
});

describe('a network', () => {
  it('comes back from ONNX as it was, with its weights and metadata', () => {
    fc.assert(
      fc.property(networks, opset, (network, opset) => {
        const { graph, weights } = build(network);
        const metadata = { labels: '["cat", "dog"]', dataset: 'toy' };
        const bytes = exportOnnx(graph, { weights, metadata, opset });
        const back = importOnnx(decodeModel(bytes));
        expect(text(verify(back.graph))).toBe(canonical(graph, weights));
        expect(back.metadata).toEqual(metadata);
        expect(digested(back.weights)).toEqual(digested(weights));
        const role = new Map(graph.inputs.map((input) => [input.value.name, input.role]));
        for (const input of back.graph.inputs) expect(input.role).toBe(role.get(input.value.name));
        // What was read is written again as it was.
        const again = exportOnnx(back.graph, { weights: back.weights, metadata, opset });
        expect(digested(again)).toEqual(digested(bytes));
      }),
      { numRuns: tries(100) },
    );
  });

  it('comes back without weights as a graph with all its inputs', () => {
    fc.assert(
      fc.property(networks, (network) => {
        const { graph } = build(network);
        const back = importOnnx(decodeModel(exportOnnx(graph)));
        expect(text(back.graph)).toBe(canonical(graph, new Map()));
        expect(back.weights.size).toBe(0);
      }),
      { numRuns: tries(30) },
    );
  });
});
