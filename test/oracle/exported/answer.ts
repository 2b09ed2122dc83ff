/**
 * The exported files in one runtime, in a process of its own.
 *
 * usage: answer.ts <runtime> <folder>. Writes output n of file `name` to `<folder>/<name>/<runtime>_<n>.pb`, and why
 * there is none to `<runtime>.error`; `<runtime>.done` stands beside them. Of a file that ends the process, that is the
 * reason, and whoever asks again is given the files after it. Exit code 75: the runtime does not work here, and the last line says why.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, NascentError } from '../../../src/errors.ts';
import { openModel } from '../../../src/onnx/open.ts';
import { readTensorFile, writeTensorFile } from '../../../src/tensors/tensor-file.ts';
import { runtimeNames, runtimes, type RuntimeName } from '../../../src/runtime/registry.ts';
import { notHere } from '../exit-code.ts';
import { readMade } from './made.ts';

const [given, root = '.'] = process.argv.slice(2);
const name = runtimeNames.find((each) => each === given) ?? 'reference';
try {
  if (runtimes[name].runs.what === 'graph') await runtimes[name].open();
  for (const made of readMade(root)) {
    const folder = join(root, made.name);
    if (made.kind !== 'file' || existsSync(join(folder, `${name}.done`))) continue;
    const error = join(folder, `${name}.error`);
    writeFileSync(error, 'it ends its process');
    writeFileSync(join(folder, `${name}.done`), '');
    const reason = await answer(folder, name);
    if (reason === undefined) rmSync(error);
    else writeFileSync(error, reason);
  }
} catch (error) {
  if (!(error instanceof NascentError) || error.code !== 'runtime/unavailable') throw error;
  console.error(error.message);
  process.exitCode = notHere;
}

/** Why there is no answer; undefined where there is one. */
async function answer(folder: string, runtime: RuntimeName): Promise<string | undefined> {
  try {
    const model = await openModel(join(folder, 'model.onnx'), runtime);
    const feeds = await Promise.all(
      model.inputs.map(async (input, i) => {
        const tensor = await readTensorFile(join(folder, `input_${i}.pb`));
        return [input.name, { ...tensor, name: input.name }] as const;
      }),
    );
    const results = await model.run(new Map(feeds));
    for (const [i, output] of model.outputs.entries()) {
      const tensor = results.get(output.name);
      if (tensor !== undefined) await writeTensorFile(join(folder, `${runtime}_${i}.pb`), tensor, 'pb');
    }
    await model.close();
    return undefined;
  } catch (error) {
    if (error instanceof NascentError && error.code === 'runtime/unavailable') throw error;
    return messageOf(error);
  }
}
