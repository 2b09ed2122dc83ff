/**
 * What a classifier gives: probabilities instead of logits (`--softmax`), or the best classes with their scores
 * (`--top-k`). Sources: https://onnx.ai/onnx/operators/onnx__Softmax.html, onnx__TopK.html
 */
import { NascentError } from '../../src/errors.ts';
import type { OnnxModel, OnnxValueInfo } from '../../proto/onnx.ts';
import { described, freeNames, node, retyped, type Pass } from './rewriting.ts';

/** Gives `probabilities` [batch, classes], float32: the softmax of the only output. */
export function softmax(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const logits = onlyOutput(model);
  const free = freeNames(graph);
  const name = free('probabilities');
  const axis = { name: 'axis', kind: 'int', value: -1 } as const;
  const made = node(free('softmax'), 'Softmax', [logits.name], [name], [axis]);
  return described(
    {
      ...model,
      graph: {
        ...graph,
        nodes: [...graph.nodes, made],
        outputs: [retyped(logits, { name })],
        valueInfo: [...graph.valueInfo, logits],
      },
    },
    { output: 'probabilities' },
  );
}

/**
 * Gives `scores` float32 and `classes` int64, each [batch, k], the best first, instead of all of the only output.
 *
 * @throws NascentError 'input/invalid' where there are fewer classes
 */
export function topK(k: number): Pass {
  return (model) => {
    const { graph } = model;
    const all = onlyOutput(model);
    const shape = all.type.kind === 'tensor' ? all.type.shape : undefined;
    const [batch, classes] = shape ?? [];
    if (shape?.length !== 2 || (typeof classes === 'number' && classes < k)) {
      const has = typeof classes === 'number' ? `${classes} classes` : 'no list of classes';
      throw new NascentError(
        'input/invalid',
        `the best ${k} were asked for, and the model tells ${has} apart`,
        {
          help: `Give --top-k a number up to ${typeof classes === 'number' ? classes : 'the number of classes'}.`,
        },
      );
    }
    const free = freeNames(graph);
    const [count, scores, best] = [free('k'), free('scores'), free('classes')];
    const made = node(
      free('top_k'),
      'TopK',
      [all.name, count],
      [scores, best],
      [
        { name: 'axis', kind: 'int', value: -1 },
        { name: 'largest', kind: 'int', value: 1 },
        { name: 'sorted', kind: 'int', value: 1 },
      ],
    );
    const values = model.metadata.some(([key, value]) => key === 'output' && value === 'probabilities')
      ? 'probabilities'
      : 'logits';
    return described(
      {
        ...model,
        graph: {
          ...graph,
          nodes: [...graph.nodes, made],
          initializers: [
            ...graph.initializers,
            { name: count, dims: [1], dtype: 'int64', data: BigInt64Array.of(BigInt(k)) },
          ],
          outputs: [
            retyped(all, { name: scores, shape: [batch, k] }),
            retyped(all, { name: best, dtype: 'int64', shape: [batch, k] }),
          ],
          valueInfo: [...graph.valueInfo, all],
        },
      },
      { output: `the best ${k} ${values} and their classes` },
    );
  };
}

function onlyOutput({ graph: { outputs } }: OnnxModel): OnnxValueInfo {
  const [output] = outputs;
  if (output !== undefined && outputs.length === 1) return output;
  throw new NascentError(
    'input/invalid',
    `the model has ${outputs.length} outputs, and a classifier has one`,
    {
      help: 'Leave out --softmax and --top-k: they are for image classifiers.',
    },
  );
}
