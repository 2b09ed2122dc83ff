/** Starting values for the state of a graph, by each input's own initializer. */
import { internal } from '../errors.ts';
import type { Random } from '../random.ts';
import { known } from './infer/rule.ts';
import { sizeOf, type Tensor } from './tensor.ts';
import type { Graph, GraphInput } from './types.ts';

/**
 * Draws every input that has an initializer. Each draws from its own stream, forked by its name, so that adding a
 * layer does not change how the others start.
 */
export function initialise(graph: Graph, random: Random): Map<string, Tensor> {
  const state = new Map<string, Tensor>();
  for (const input of graph.inputs) {
    if (input.initializer !== undefined)
      state.set(input.value.name, draw(input, random.fork(input.value.name)));
  }
  return state;
}

function draw({ value, initializer }: GraphInput, random: Random): Tensor {
  const shape = value.type.shape.map((dim) => known(dim, `the shape of "${value.name}"`));
  const data = new Float32Array(sizeOf(shape));
  if (initializer === undefined) throw internal(`"${value.name}" has no initializer`);
  switch (initializer.kind) {
    case 'constant':
      data.fill(initializer.value);
      break;
    case 'uniform': {
      const { bound, middle = 0 } = initializer;
      for (let i = 0; i < data.length; i++) data[i] = (2 * random.uniform() - 1) * bound + middle;
      break;
    }
    case 'normal':
      for (let i = 0; i < data.length; i++) data[i] = random.normal() * initializer.deviation;
      break;
  }
  return { dtype: 'float32', shape, data };
}
