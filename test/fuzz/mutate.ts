/**
 * Models with something wrong in them, by seed: a sound model, changed as data (a huge extent, another name, a missing
 * part), as bytes (flipped, cut, doubled, overlong), or both. The same seed gives the same bytes.
 */
import { encodeModel, type OnnxModel } from '../../proto/onnx.ts';
import { Random } from '../../src/random.ts';

/** Numbers that programs get wrong. */
const numbers = [
  0,
  -1,
  1,
  2,
  7,
  127,
  128,
  255,
  256,
  2 ** 16,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  1.2e8,
  2 ** 53 - 1,
  -(2 ** 31),
];
const bigs = [0n, -1n, 1n, 4n, 1_000_000_000n, 2n ** 31n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n)];
const words = [
  '',
  'x',
  'y',
  'w',
  'Relu',
  'Loop',
  'If',
  'Scan',
  'Expand',
  'ConstantOfShape',
  'Reshape',
  'Pad',
  'Tile',
  'Range',
  '\0',
  '💥',
];

/** @param models sound ones, as data or as bytes of a file */
export function mutated(models: readonly (OnnxModel | Uint8Array)[], seed: number): Uint8Array {
  const random = new Random(seed);
  const model = pick(models, random);
  const isData = !(model instanceof Uint8Array);
  const asData = isData && random.integer(3) > 0;
  const bytes = isData ? encoded(asData ? changed(model, random) : model, model) : model;
  return asData && random.integer(4) > 0 ? bytes : damaged(bytes, random);
}

function encoded(model: OnnxModel, original: OnnxModel): Uint8Array {
  try {
    return encodeModel(model);
  } catch {
    // What the format cannot even hold.
    return encodeModel(original);
  }
}

function pick<T>(items: readonly T[], random: Random): T {
  const item = items[random.integer(items.length)];
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
}

/** The same with one to four parts changed, deep inside. */
function changed(model: OnnxModel, random: Random): OnnxModel {
  let result: unknown = model;
  for (let n = 1 + random.integer(4); n > 0; n--) result = change(result, random);
  return result as OnnxModel;
}

function change(value: unknown, random: Random): unknown {
  if (typeof value === 'number') return pick(numbers, random);
  if (typeof value === 'bigint') return pick(bigs, random);
  if (typeof value === 'string') return pick(words, random);
  if (value instanceof BigInt64Array) {
    const copy = value.slice();
    if (copy.length > 0) copy[random.integer(copy.length)] = pick(bigs, random);
    return copy;
  }
  if (ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return changeList(value, random);
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value).filter((key) => key !== 'docString' && key !== 'producerName');
  if (keys.length === 0) return value;
  const key = pick(keys, random);
  const record = value as Readonly<Record<string, unknown>>;
  return { ...record, [key]: change(record[key], random) };
}

function changeList(list: readonly unknown[], random: Random): readonly unknown[] {
  if (list.length === 0) return list;
  const at = random.integer(list.length);
  switch (random.integer(6)) {
    case 0:
      return list.filter((_, i) => i !== at);
    case 1:
      return [...list, list[at]];
    case 2:
      return list.toReversed();
    default:
      return list.map((item, i) => (i === at ? change(item, random) : item));
  }
}

function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  let content = Buffer.from(bytes);
  for (let n = 1 + random.integer(4); n > 0; n--) {
    const at = random.integer(Math.max(1, content.length));
    const rest = content.subarray(at);
    const head = content.subarray(0, at);
    switch (random.integer(6)) {
      case 0:
        content = Buffer.concat([head, Buffer.from([random.integer(256)]), rest.subarray(1)]);
        break;
      case 1:
        content = Buffer.concat([head, rest.subarray(random.integer(30))]);
        break;
      case 2:
        content = Buffer.concat([head, rest.subarray(0, random.integer(200)), rest]);
        break;
      case 3:
        // A number that never ends.
        content = Buffer.concat([head, Buffer.alloc(1 + random.integer(12), 0xff), rest]);
        break;
      case 4:
        content = Buffer.from(head);
        break;
      default:
        // A length that is a lie.
        content = Buffer.concat([
          head,
          Buffer.from([0x80, 0x80, 0x80, 0x80, 1 + random.integer(8)]),
          rest.subarray(1),
        ]);
    }
  }
  return content;
}
