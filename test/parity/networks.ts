/** Small networks of other kinds than convolutional ones, as files whose nodes have names that say what they are. */
import type {
  OnnxAttribute,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValueInfo,
} from '../../proto/onnx.ts';
import { Random } from '../../src/random.ts';

/** A node that is called as its first output. */
export function node(
  opType: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly OnnxAttribute[] = [],
): OnnxNode {
  return { name: output, opType, domain: '', inputs, outputs: [output], attributes };
}

export const int = (name: string, value: number): OnnxAttribute => ({ name, kind: 'int', value });
export const ints = (name: string, ...value: readonly number[]): OnnxAttribute => ({
  name,
  kind: 'ints',
  value,
});
export const float = (name: string, value: number): OnnxAttribute => ({ name, kind: 'float', value });

function weight(name: string, dims: readonly number[], seed: number, size = 0.5): OnnxTensor {
  const random = new Random(seed).fork(name);
  const length = dims.reduce((product, extent) => product * extent, 1);
  return { name, dtype: 'float32', dims, data: Float32Array.from({ length }, () => size * random.normal()) };
}

function positive(name: string, dims: readonly number[], seed: number): OnnxTensor {
  const drawn = weight(name, dims, seed);
  return {
    ...drawn,
    data: Float32Array.from(drawn.data as Float32Array, (value) => 0.5 + Math.abs(value)),
  } as OnnxTensor;
}

const whole = (name: string, ...values: readonly number[]): OnnxTensor => ({
  name,
  dtype: 'int64',
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

const tensorInfo = (name: string, shape: readonly (number | string)[] | undefined): OnnxValueInfo => ({
  name,
  type: { kind: 'tensor', dtype: 'float32', ...(shape !== undefined && { shape }) },
});

function modelOf(
  nodes: readonly OnnxNode[],
  initializers: readonly OnnxTensor[],
  input: readonly (number | string)[],
  output: readonly (number | string)[],
): OnnxModel {
  const graph: OnnxGraph = {
    name: 'g',
    nodes,
    initializers,
    inputs: [tensorInfo('x', input)],
    outputs: [tensorInfo('y', output)],
    valueInfo: [],
  };
  return {
    irVersion: 8,
    opsets: [{ domain: '', version: 17 }],
    producerName: '',
    producerVersion: '',
    domain: '',
    modelVersion: 0,
    docString: '',
    graph,
    functions: [],
    metadata: [],
  };
}

/** One head of attention on the norm of x [batch, 4, 8], added to x, of which the first position is classified. */
export function transformer(): OnnxModel {
  const projections = ['query', 'key', 'value'].map((name) =>
    node('MatMul', ['norm', `${name}.weight`], name),
  );
  const nodes = [
    node('LayerNormalization', ['x', 'norm.scale', 'norm.bias'], 'norm', [
      int('axis', -1),
      float('epsilon', 1e-5),
    ]),
    ...projections,
    node('Transpose', ['key'], 'turned', [ints('perm', 0, 2, 1)]),
    node('MatMul', ['query', 'turned'], 'scores'),
    node('Mul', ['scores', 'scale'], 'scaled'),
    node('Softmax', ['scaled'], 'attention', [int('axis', -1)]),
    node('MatMul', ['attention', 'value'], 'mixed'),
    node('Add', ['mixed', 'x'], 'residual'),
    node('Slice', ['residual', 'from', 'to', 'along'], 'first'),
    node('Relu', ['first'], 'kept'),
    node('MatMul', ['kept', 'head.weight'], 'y'),
  ];
  const initializers = [
    positive('norm.scale', [8], 1),
    weight('norm.bias', [8], 2),
    ...['query', 'key', 'value'].map((name) => weight(`${name}.weight`, [8, 8], 3)),
    { name: 'scale', dtype: 'float32', dims: [1], data: Float32Array.of(8 ** -0.5) } as const,
    whole('from', 0),
    whole('to', 1),
    whole('along', 1),
    weight('head.weight', [8, 5], 4),
  ];
  return modelOf(nodes, initializers, ['batch', 4, 8], ['batch', 1, 5]);
}

/** h ← tanh(x[t]·W + h·U), three steps of it written out. */
export function unrolled(): OnnxModel {
  const nodes = [0, 1, 2].flatMap((t) => [
    node('Slice', ['x', `from${t}`, `from${t + 1}`, 'along'], `step${t}`),
    node('Squeeze', [`step${t}`, 'along'], `word${t}`),
    node('MatMul', [`word${t}`, 'input.weight'], `in${t}`),
    ...(t === 0
      ? [node('Tanh', ['in0'], 'hidden0')]
      : [
          node('MatMul', [`hidden${t - 1}`, 'hidden.weight'], `back${t}`),
          node('Add', [`in${t}`, `back${t}`], `sum${t}`),
          node('Tanh', [`sum${t}`], `hidden${t}`),
        ]),
  ]);
  const initializers = [
    ...[0, 1, 2, 3].map((t) => whole(`from${t}`, t)),
    whole('along', 1),
    weight('input.weight', [6, 6], 5),
    weight('hidden.weight', [6, 6], 6),
    weight('head.weight', [6, 4], 7),
  ];
  return modelOf(
    [...nodes, node('MatMul', ['hidden2', 'head.weight'], 'y')],
    initializers,
    ['batch', 3, 6],
    ['batch', 4],
  );
}

/** The same by a Scan over x [steps, batch, 6]; what it is given at the last step is classified. */
export function scanned(): OnnxModel {
  const body: OnnxGraph = {
    name: 'cell',
    nodes: [
      node('MatMul', ['word', 'input.weight'], 'in'),
      node('MatMul', ['before', 'hidden.weight'], 'back'),
      node('Add', ['in', 'back'], 'sum'),
      node('Tanh', ['sum'], 'after'),
      node('Identity', ['after'], 'told'),
    ],
    initializers: [],
    inputs: [tensorInfo('before', ['batch', 6]), tensorInfo('word', ['batch', 6])],
    outputs: [tensorInfo('after', ['batch', 6]), tensorInfo('told', ['batch', 6])],
    valueInfo: [],
  };
  const scan: OnnxNode = {
    ...node('Scan', ['start', 'x'], 'last', [
      { name: 'body', kind: 'graph', value: body },
      int('num_scan_inputs', 1),
    ]),
    outputs: ['last', 'all'],
  };
  const nodes = [
    node('Slice', ['x', 'from', 'to', 'along'], 'one'),
    node('Squeeze', ['one', 'along'], 'flat'),
    node('Mul', ['flat', 'nothing'], 'start'),
    scan,
    node('Slice', ['all', 'lastFrom', 'lastTo', 'along'], 'tail'),
    node('Softmax', ['tail'], 'soft', [int('axis', -1)]),
    node('MatMul', ['soft', 'head.weight'], 'y'),
  ];
  const initializers = [
    whole('from', 0),
    whole('to', 1),
    whole('lastFrom', 3),
    whole('lastTo', 5),
    whole('along', 0),
    { name: 'nothing', dtype: 'float32', dims: [1], data: Float32Array.of(0) } as const,
    weight('input.weight', [6, 6], 5),
    weight('hidden.weight', [6, 6], 6),
    weight('head.weight', [6, 4], 7),
  ];
  return modelOf(nodes, initializers, [5, 'batch', 6], [2, 'batch', 4]);
}

const scalar = (name: string, value: number): OnnxTensor => ({
  name,
  dtype: 'float32',
  dims: [],
  data: Float32Array.of(value),
});
const zero = (name: string, value: number): OnnxTensor => ({
  name,
  dtype: 'uint8',
  dims: [],
  data: Uint8Array.of(value),
});

/** Two layers in 8 bits, as QuantizeLinear and DequantizeLinear around what is computed. */
export function quantised(): OnnxModel {
  const bytes = (name: string, dims: readonly [number, number], seed: number): readonly OnnxTensor[] => {
    const random = new Random(seed).fork(name);
    const data = Int8Array.from({ length: dims[0] * dims[1] }, () => random.integer(255) - 127);
    const scales = Float32Array.from({ length: dims[1] }, (_, i) => 0.004 * (i + 1));
    return [
      { name, dtype: 'int8', dims, data },
      { name: `${name}.scale`, dtype: 'float32', dims: [dims[1]], data: scales },
      { name: `${name}.zero`, dtype: 'int8', dims: [dims[1]], data: new Int8Array(dims[1]) },
    ];
  };
  const layer = (input: string, name: string, output: string) => [
    node('QuantizeLinear', [input, `${name}.scale`, `${name}.zero`], `${name}.bytes`),
    node('DequantizeLinear', [`${name}.bytes`, `${name}.scale`, `${name}.zero`], `${name}.floats`),
    node('DequantizeLinear', [`${name}.w`, `${name}.w.scale`, `${name}.w.zero`], `${name}.weight`, [
      int('axis', 1),
    ]),
    node('MatMul', [`${name}.floats`, `${name}.weight`], output),
  ];
  const nodes = [...layer('x', 'a', 'made'), node('Relu', ['made'], 'kept'), ...layer('kept', 'b', 'y')];
  const initializers = [
    scalar('a.scale', 0.03),
    zero('a.zero', 120),
    scalar('b.scale', 0.05),
    zero('b.zero', 60),
    ...bytes('a.w', [8, 8], 8),
    ...bytes('b.w', [8, 8], 9),
  ];
  return modelOf(nodes, initializers, ['batch', 8], ['batch', 8]);
}

/** Products of whole numbers: one with its scales, one whose operand is quantised by what it holds. */
export function integers(): OnnxModel {
  const random = new Random(10);
  const numbers = (name: string, dims: readonly [number, number]): OnnxTensor => ({
    name,
    dtype: 'int8',
    dims,
    data: Int8Array.from({ length: dims[0] * dims[1] }, () => random.integer(255) - 127),
  });
  const operands = ['x.bytes', 'x.scale', 'x.zero', 'a.w', 'a.scale', 'a.zero', 'made.scale', 'made.zero'];
  const nodes = [
    node('QuantizeLinear', ['x', 'x.scale', 'x.zero'], 'x.bytes'),
    node('QLinearMatMul', operands, 'made.bytes'),
    node('DequantizeLinear', ['made.bytes', 'made.scale', 'made.zero'], 'made'),
    {
      ...node('DynamicQuantizeLinear', ['made'], 'again.bytes'),
      outputs: ['again.bytes', 'again.scale', 'again.zero'],
    },
    node('MatMulInteger', ['again.bytes', 'b.w', 'again.zero'], 'sums'),
    node('Cast', ['sums'], 'floats', [int('to', 1)]),
    node('Mul', ['floats', 'again.scale'], 'y'),
  ];
  const initializers = [
    scalar('x.scale', 0.03),
    zero('x.zero', 120),
    numbers('a.w', [8, 8]),
    scalar('a.scale', 0.004),
    { name: 'a.zero', dtype: 'int8', dims: [], data: new Int8Array(1) } as const,
    scalar('made.scale', 0.05),
    zero('made.zero', 100),
    numbers('b.w', [8, 8]),
  ];
  return modelOf(nodes, initializers, ['batch', 8], ['batch', 8]);
}

/** √(300 x)² + 1: in float16, the square is infinite. */
export function large(): OnnxModel {
  return modelOf(
    [
      node('Mul', ['x', 'factor'], 'moved'),
      node('Mul', ['moved', 'moved'], 'square'),
      node('Sqrt', ['square'], 'root'),
      node('Add', ['root', 'one'], 'y'),
    ],
    [scalar('factor', 300), scalar('one', 1), scalar('half.largest', 65504), scalar('infinite', Infinity)],
    ['batch', 16],
    ['batch', 16],
  );
}

/** What AlexNet and GoogLeNet have: a response that is normalised over channels, by a fractional power. */
export function localResponse(): OnnxModel {
  const attributes = [int('size', 5), float('alpha', 1e-2), float('beta', 0.75), float('bias', 1)];
  return modelOf(
    [node('LRN', ['x'], 'normalised', attributes), node('Relu', ['normalised'], 'y')],
    [],
    ['batch', 8, 4, 4],
    ['batch', 8, 4, 4],
  );
}
