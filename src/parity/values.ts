/** The values that the nodes of a file make, and the file with each of them as an output. */
import { link, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { exposeValues } from '../../proto/expose.ts';
import type { OnnxModel, OnnxNode } from '../../proto/onnx.ts';
import { externalFilesOf } from '../evaluate/external-data.ts';
import { listsIn } from './lists.ts';
import type { ModelUnderTest } from './ways.ts';
import { makeFolders } from '../files/make-folders.ts';

/** The tensors that nodes make, graph outputs among them, with their nodes, in the order of the file. */
export function valuesOf(model: OnnxModel): readonly (readonly [value: string, node: OnnxNode])[] {
  const lists = listsIn(model);
  return model.graph.nodes
    .filter(({ opType }) => opType !== 'Constant')
    .flatMap((node) =>
      node.outputs.filter((name) => name !== '' && !lists.has(name)).map((name) => [name, node] as const),
    );
}

/** Runs `body` on a model whose every value is an output, in a file that is gone afterwards. */
export async function withValues<T>(
  model: ModelUnderTest,
  content: OnnxModel,
  body: (exposed: ModelUnderTest) => Promise<T>,
): Promise<T> {
  const outputs = new Set(content.graph.outputs.map(({ name }) => name));
  const names = valuesOf(content)
    .map(([value]) => value)
    .filter((value) => !outputs.has(value));
  return withSome(model, names, async (all) =>
    body({
      ...all,
      exposed: { names, withSome: async (some, within) => withSome(model, some, within) },
    }),
  );
}

async function withSome<T>(
  model: ModelUnderTest,
  names: readonly string[],
  body: (exposed: ModelUnderTest) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'nascent-layers-'));
  const exposed = async (path: string, name: string): Promise<string> => {
    const bytes = await readFile(path);
    const inside = join(folder, name);
    await mkdir(inside);
    const file = join(inside, 'model.onnx');
    await writeFile(file, exposeValues(bytes, names));
    for (const location of externalFilesOf(path, bytes)) {
      await makeFolders(dirname(join(inside, location)));
      await linkOrCopy(join(dirname(path), location), join(inside, location));
    }
    return file;
  };
  try {
    const path = await exposed(model.path, 'file');
    const graphPath = model.graphPath === undefined ? undefined : await exposed(model.graphPath, 'graph');
    return await body({ path, graphPath });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A second name is free; where the file system does not give one, or the folders are on two, it costs a copy. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(async () => copyFile(from, to));
}
