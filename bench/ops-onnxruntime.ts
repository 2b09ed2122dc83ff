/**
 * What the rewrites for onnxruntime's CPU provider are worth: each op's gradient in its plain definition and as it is
 * run, in one process, alternating. Prints the least time of each and their ratio.
 *
 * `node --import tsx bench/ops-onnxruntime.ts`
 */
import { exportOnnx } from '../exporters/onnx/export.ts';
import { grad } from '../src/autodiff/grad.ts';
import { GraphBuilder } from '../src/graph/builder.ts';
import { lower } from '../src/graph/definitions.ts';
import { known } from '../src/graph/infer/rule.ts';
import type { Graph, Value } from '../src/graph/types.ts';
import { loadOnnxruntime } from '../src/runtime/onnxruntime/load.ts';
import { fastOnCpu } from '../src/runtime/onnxruntime/rewrite.ts';
import { openSession, runSession } from '../src/runtime/onnxruntime/session.ts';

const ort = await loadOnnxruntime('cpu');

type Image = readonly [number, number, number, number];
type Body = (b: GraphBuilder, x: Value) => { readonly y: Value; readonly wrt: readonly Value[] };

const pool = { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] } as const;

function conv(kernel: number, depthwise: boolean, stride: number = 1, dilation: number = 1): Body {
  return (b, x) => {
    const channels = known(x.type.shape[1], 'channels');
    const w = b.input('w', [channels, depthwise ? 1 : channels, kernel, kernel]);
    const pad = (dilation * (kernel - 1)) / 2;
    const y = b.op('Conv', [x, w], {
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      dilations: [dilation, dilation],
      group: depthwise ? channels : 1,
    });
    return { y, wrt: [x, w] };
  };
}

const bodies: Readonly<Record<string, Body>> = {
  'depthwise 3×3': conv(3, true),
  'depthwise 5×5': conv(5, true),
  'depthwise 5×5 stride 2': conv(5, true, 2),
  'depthwise 5×5 dilated': conv(5, true, 1, 2),
  pointwise: conv(1, false),
  'dense 3×3': conv(3, false),
  'batch norm': (b, x) => {
    const [scale, bias] = ['scale', 'bias'].map((name) =>
      b.input(name, [known(x.type.shape[1], 'channels')]),
    );
    const wrt = [x, scale as Value];
    return { y: b.op('BatchNormTrain', [x, scale as Value, bias as Value], { epsilon: 1e-5 }), wrt };
  },
  'max pool': (b, x) => ({ y: b.op('MaxPool', [x], pool), wrt: [x] }),
  'average pool': (b, x) => ({ y: b.op('AveragePool', [x], { ...pool, count_include_pad: 0 }), wrt: [x] }),
};

/** Forward and backward of one op, reduced to what it takes to keep every part of it. */
function step(body: Body, image: Image): Graph {
  const b = new GraphBuilder();
  const { y, wrt } = body(b, b.input('x', image));
  const gradients = grad(b, b.op('Dot', [y, b.input('u', y.type.shape)]), wrt);
  return b.finish('step', Object.fromEntries(gradients.map((dx, i) => [`d${i}`, b.op('Dot', [dx, dx])])));
}

async function runner(graph: Graph): Promise<() => Promise<unknown>> {
  const session = await openSession(ort, exportOnnx(graph), { provider: 'cpu', optimization: 'disabled' });
  const feeds = Object.fromEntries(
    graph.inputs.map(({ value }) => {
      const shape = value.type.shape.map(Number);
      const size = shape.reduce((product, dim) => product * dim, 1);
      return [value.name, new ort.Tensor('float32', Float32Array.from({ length: size }, Math.random), shape)];
    }),
  );
  return async () => runSession(session, feeds);
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

function row(name: string, columns: readonly string[]): string {
  return name.padEnd(26) + columns.map((text) => text.padStart(10)).join('');
}

const images: readonly Image[] = [
  [64, 8, 32, 32],
  [64, 16, 16, 16],
  [64, 32, 8, 8],
];

for (const image of images) {
  console.log(row(`[${image.join(', ')}]`, ['plain ms', 'fast ms', 'ratio']));
  for (const [name, body] of Object.entries(bodies)) {
    const graph = step(body, image);
    const [plain, fast] = [await runner(lower(graph)), await runner(fastOnCpu(graph))];
    let [plainTime, fastTime] = [Infinity, Infinity];
    for (let round = 0; round < 25; round++) {
      plainTime = Math.min(plainTime, await timed(plain));
      fastTime = Math.min(fastTime, await timed(fast));
    }
    const ratio = `${(plainTime / fastTime).toFixed(1)}×`;
    console.log(row(name, [plainTime.toFixed(2), fastTime.toFixed(2), ratio]));
  }
}
