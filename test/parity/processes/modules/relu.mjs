/** A runtime that knows one op: what any model gives is the positive part of what it is fed. */
export function open(file) {
  if (!file.endsWith('.onnx')) throw new Error('no model');
  return ({ x }) => ({ y: { ...x, data: x.data.map((value) => Math.max(0, value)) } });
}
