/** What a model is given: tensors from files, by name or in order, and drawn ones for the rest. */
import { requireExtents, requireLong } from '../parity/extents/said-extents.ts';
import { usualWholes, type WholeRange } from '../parity/whole-ranges.ts';
import type { Shapes } from '../parity/whole/shapes.ts';
import { computed } from '../parity/extents/written-extents.ts';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OnnxNumericType, OnnxTensor } from '../../proto/onnx.ts';
import { NascentError } from '../errors.ts';
import { Random } from '../random.ts';
import type { Port } from './open.ts';
import { isWritable, tensorOf } from '../tensors/numbers.ts';
import { readTensorFile } from '../tensors/tensor-file.ts';

export interface GivenInput {
  readonly tensor: OnnxTensor;
  /** The file it was read from; undefined where it was drawn. */
  readonly file: string | undefined;
}

/** A tensor of a dataset folder. */
export interface StoredTensor {
  readonly file: string;
  readonly tensor: OnnxTensor;
}

/**
 * The tensors `KIND_0`, `KIND_1` … of a dataset folder, such as ONNX's `test_data_set_0`.
 *
 * @throws NascentError 'data/missing' where there is no such folder; as `readTensorFile` does
 */
export async function readDataset(
  folder: string,
  kind: 'input' | 'output',
): Promise<readonly StoredTensor[]> {
  const pattern = new RegExp(`^${kind}_(\\d+)\\.(pb|npy)$`);
  const files = readdirSync(folder)
    .flatMap((name) => {
      const number = pattern.exec(name)?.[1];
      return number === undefined ? [] : [{ name, number: Number(number) }];
    })
    .toSorted((a, b) => a.number - b.number);
  const found: StoredTensor[] = [];
  for (const { name } of files) {
    const file = join(folder, name);
    found.push({ file, tensor: await readTensorFile(file) });
  }
  return found;
}

/** The folder that is meant: from here, or from where the model is. */
export function datasetFolder(given: string, model: string): string {
  const found = [given, join(dirname(model), given)].find(
    (path) => existsSync(path) && statSync(path).isDirectory(),
  );
  if (found !== undefined) return found;
  throw new NascentError('data/missing', `there is no folder ${given}, neither here nor beside the model`, {
    help: 'Give a folder with input_0.pb, output_0.pb and so on, as the conformance tests of ONNX have.',
  });
}

export interface Drawing {
  readonly seed: number;
  /** What was said of named extents. */
  readonly extents: Readonly<Record<string, number>>;
  /** Of what shapes inputs are that the file tells of, where these extents are as they are said. */
  readonly shapes: Shapes;
  /** Which whole numbers an input takes where inputs are of these shapes: rows of a table that they are looked up in, say. */
  readonly whole: (input: string, shapes: Shapes) => WholeRange | undefined;
}

/** All inputs together may take so many bytes where they are drawn. */
const mostBytes = 2 ** 31;
/** For a named extent of which nothing was said: short, and unlike any batch. */
const unsaidExtent = 5;

/**
 * Tensors for the inputs that no file is for: standard normal, whole numbers, 0 and 1.
 *
 * @throws NascentError 'onnx/unsupported' where an input is no tensor of numbers, 'input/invalid' where its declared shape
 *   is too large to be drawn, an extent is given that no input has, or is too short for others
 */
export function drawInputs(
  ports: readonly Port[],
  given: ReadonlyMap<string, OnnxTensor>,
  drawing: Drawing,
): readonly OnnxTensor[] {
  const wanted = ports.filter(({ name }) => !given.has(name));
  const extents = knownExtents(ports, given, drawing.extents);
  const random = new Random(drawing.seed);
  let bytes = 0;
  const shaped = wanted.map(({ name, dtype, shape }) => {
    const type = requireNumbers(name, dtype);
    if (shape === undefined) throw undrawable(name, 'a tensor of no known rank');
    const dims = drawing.shapes.get(name) ?? shape.map((dim, axis) => extentOf(dim, axis, extents));
    requireLong(name, type, dims);
    bytes += 8 * dims.reduce((product, dim) => product * dim, 1);
    if (bytes > mostBytes) throw tooLarge(name, type, dims);
    return { name, type, dims };
  });
  const shapes = new Map([...given].map(([name, { dims }]) => [name, dims]));
  for (const { name, dims } of shaped) shapes.set(name, dims);
  return shaped.map(({ name, type, dims }) => {
    const whole = drawing.whole(name, shapes);
    return drawn(name, type, dims, random.fork(name), (size, from) =>
      whole === undefined ? undefined : usualWholes(whole, size, drawing.seed, from),
    );
  });
}

/** Named extents, from the command line and from the tensors that are given. */
function knownExtents(
  ports: readonly Port[],
  given: ReadonlyMap<string, OnnxTensor>,
  said: Readonly<Record<string, number>>,
): ReadonlyMap<string, number> {
  requireExtents(
    ports.map(({ shape }) => shape),
    said,
  );
  const extents = new Map<string, number>();
  for (const { name, shape } of ports) {
    const tensor = given.get(name);
    shape?.forEach((dim, axis) => {
      const extent = tensor?.dims[axis];
      if (typeof dim === 'string' && extent !== undefined) extents.set(dim, extent);
    });
  }
  for (const [name, extent] of Object.entries(said)) extents.set(name, extent);
  return extents;
}

function extentOf(dim: number | string, axis: number, extents: ReadonlyMap<string, number>): number {
  if (typeof dim === 'number' && dim >= 0) return dim;
  const unsaid = (one: string) => extents.get(one) ?? (/batch/i.test(one) ? 1 : unsaidExtent);
  const known = extents.get(String(dim)) ?? computed(String(dim), unsaid);
  if (known !== undefined) return known;
  return axis === 0 || /batch/i.test(String(dim)) ? 1 : unsaidExtent;
}

function requireNumbers(name: string, dtype: string | undefined): OnnxNumericType {
  if (dtype === undefined) throw undrawable(name, 'no tensor, but a sequence, a map or an optional value');
  if (dtype === 'string') throw undrawable(name, 'text');
  const type = dtype as OnnxNumericType;
  if (!isWritable(type)) throw undrawable(name, `of type ${dtype}`);
  return type;
}

function undrawable(name: string, what: string): NascentError {
  return new NascentError('onnx/unsupported', `the input "${name}" is ${what}, which cannot be drawn`, {
    help: 'Tensors of numbers are drawn; tensors of text can be given: --inputs FILE.pb.',
  });
}

function tooLarge(name: string, dtype: string, dims: readonly number[]): NascentError {
  return new NascentError(
    'input/invalid',
    `the input "${name}" is declared as ${dtype}[${dims.join(', ')}], more than is drawn`,
    { help: 'Give the tensor itself: --inputs FILE.npy. An open extent is set by --extent NAME=NUMBER.' },
  );
}

function drawn(
  name: string,
  dtype: OnnxNumericType,
  dims: readonly number[],
  random: Random,
  whole: (size: number, random: Random) => (() => number) | undefined,
): OnnxTensor {
  const length = dims.reduce((product, dim) => product * dim, 1);
  const isFloat = dtype.startsWith('float') || dtype === 'bfloat16';
  // Bytes in three dimensions and more are pixels; of anything else nothing is known.
  const below = dtype === 'uint8' && dims.length >= 3 ? 256 : 2;
  const number = isFloat ? undefined : whole(length, random);
  const value = isFloat ? () => random.normal() : (number ?? (() => random.integer(below)));
  return tensorOf(name, dtype, dims, Float64Array.from({ length }, value));
}
