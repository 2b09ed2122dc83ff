import { expect, test } from 'vitest';

import { GraphBuilder } from '../../../src/graph/builder.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import type { CompileOptions, Runtime } from '../../../src/runtime/runtime.ts';
import { programsByLength } from '../../../src/tasks/text/by-length.ts';

test('a length is compiled once, and all but the first are told to be occasional', async () => {
  const reference = createReferenceRuntime();
  const compiled: [string, CompileOptions['occasional']][] = [];
  const runtime: Runtime = {
    ...reference,
    compile(graph, options) {
      compiled.push([graph.name, options?.occasional]);
      return reference.compile(graph, options);
    },
  };
  const programFor = programsByLength(runtime, runtime.createStore(), (steps) => {
    const builder = new GraphBuilder();
    return { graph: builder.finish(`${steps}`, { y: builder.op('Relu', [builder.input('x', [steps])]) }) };
  });
  for (const steps of [35, 12, 35, 38, 12]) await programFor(steps);
  expect(compiled).toEqual([
    ['35', false],
    ['12', true],
    ['38', true],
  ]);
});
