/**
 * The bytes of a model with more of its values as outputs, everything else as it is, whatever version of the format it is
 * in: fields of a message may come in any order, so outputs are put at the end of the graph. Their types are not said,
 * which runtimes find out by themselves.
 */
import { invalid } from './message.ts';

/** ModelProto.graph, GraphProto.output and ValueInfoProto.name. */
const [graphField, outputField, nameField] = [7, 12, 1];
/** The wire type of what is told its length. */
const lengthy = 2;

/** @throws NascentError 'onnx/invalid' where the bytes are no message */
export function exposeValues(model: Uint8Array, names: readonly string[]): Uint8Array {
  const rest: Uint8Array[] = [];
  const graph: Uint8Array[] = [];
  let at = 0;
  while (at < model.length) {
    const start = at;
    const [tag, afterTag] = readVarint(model, at);
    const [field, wire] = [Math.floor(tag / 8), tag % 8];
    const [length, body] = sizeOf(model, afterTag, wire);
    at = body + length;
    if (at > model.length) throw invalid('it ends within a field');
    if (field === graphField && wire === lengthy) graph.push(model.subarray(body, at));
    else rest.push(model.subarray(start, at));
  }
  const outputs = names.map((name) =>
    written(outputField, [written(nameField, [new TextEncoder().encode(name)])]),
  );
  return joined([...rest, written(graphField, [...graph, ...outputs])]);
}

/** How long the body of a field is, and where it begins. */
function sizeOf(bytes: Uint8Array, at: number, wire: number): readonly [length: number, body: number] {
  if (wire === 0) return [readVarint(bytes, at)[1] - at, at];
  if (wire === 1) return [8, at];
  if (wire === 5) return [4, at];
  if (wire === lengthy) return readVarint(bytes, at);
  throw invalid(`it has a field of the wire type ${wire}`);
}

function readVarint(bytes: Uint8Array, at: number): readonly [value: number, after: number] {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return [value, at + i + 1];
  }
  throw invalid('it ends within a number');
}

function written(field: number, parts: readonly Uint8Array[]): Uint8Array {
  const body = joined(parts);
  return joined([varint(8 * field + lengthy), varint(body.length), body]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
