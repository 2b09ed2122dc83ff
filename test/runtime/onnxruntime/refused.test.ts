/** What is said to do where onnxruntime does not take a model. */
import { describe, expect, it } from 'vitest';
import { refused } from '../../../src/runtime/onnxruntime/file.ts';

const adviceFor = (reason: string) => refused('"a.onnx"', new Error(reason)).help;

describe('refused', () => {
  it('speaks of the opset where it may be the reason, and not where only the types are', () => {
    expect(adviceFor("Could not find an implementation for Add(14) node with name ''")).toBe(
      'Export the model in float32, or run it in a runtime that reads it as a graph, such as reference: onnxruntime has no kernel of Add for the types that it is given.',
    );
    expect(adviceFor("Could not find an implementation for MaxPool(22) node with name 'pool'")).toContain(
      'Export the model with opset 17 and in float32',
    );
    expect(adviceFor('Fatal error: com.foo:Foo(-1) is not a registered function/op')).toBe(
      'Export the model with ops of the standard domain.',
    );
    expect(adviceFor('[ONNXRuntimeError] : 9 : NOT_IMPLEMENTED : Sparse values are not implemented')).toBe(
      'Run it in a runtime that reads it as a graph, such as reference.',
    );
  });

  it('calls all of these unsupported, and the file not broken', () => {
    for (const reason of [
      'Could not find an implementation for Add(14) node',
      'com.foo:Foo(-1) is not a registered function/op',
      'This is not implemented',
    ]) {
      expect(refused('"a.onnx"', new Error(reason)).code).toBe('onnx/unsupported');
    }
  });

  it('says of a missing graphics card what is missing, and nothing of the model', () => {
    const reason =
      '::<lambda()> adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters';
    expect(refused('"a.onnx"', new Error(reason))).toMatchObject({
      code: 'runtime/unavailable',
      message: 'onnxruntime-webgpu cannot be used: no WebGPU adapter was found',
    });
  });
});
