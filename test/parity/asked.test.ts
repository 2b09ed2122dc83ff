import { expect, it } from 'vitest';

import { askedPairs } from '../../src/parity/asked.ts';
import { parityOrder, type ParityOrder } from '../../src/parity/order.ts';
import { runtimeNames } from '../../src/runtime/registry.ts';
import { ready } from './models.ts';

/** The names of what is asked where everything is ready. */
const asked = (order: Partial<ParityOrder>): readonly string[] =>
  askedPairs(
    parityOrder.parse({ model: 'model.onnx', ...order }),
    new Map(runtimeNames.map((name) => [name, ready(name)])),
    false,
  ).map(({ name }) => name);

it('asks browsers and OpenCV only where they are named, so that nobody else fails by them', () => {
  expect(asked({})).toEqual([
    'onnxruntime-cpu unoptimised',
    'onnxruntime-cpu basic',
    'onnxruntime-cpu extended',
    'onnxruntime-cpu',
    'tfjs-node-gpu',
    'onnxruntime-cuda',
    'onnxruntime-webgpu',
    'onnxruntime-web',
    'tfjs-wasm',
    'tfjs-cpu',
  ]);
  expect(asked({ browser: true })).toEqual(expect.arrayContaining(['browser-wasm', 'browser-webgpu']));
  expect(asked({ browser: true })).not.toContain('opencv');
  expect(asked({ runtimes: ['opencv', 'tfjs-cpu'] })).toEqual(['opencv', 'tfjs-cpu']);
});
