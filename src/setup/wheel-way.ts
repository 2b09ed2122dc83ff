/**
 * The way that depends on least: TensorFlow from its wheel, the addon compiled here.
 *
 * Each step ends in a folder that appears whole, so an interrupted setup resumes after the last step that was done:
 *
 *     <built>.<variant>.work/wheels   what pip fetched; removed once unpacked
 *     <built>.<variant>.work/tree     grows `deps`, then `lib`; becomes <built>
 */
import { existsSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assertSpace } from '../files/files.ts';
import { compileAddons } from './compile.ts';
import { once, replaceFolder, WayFailed } from './context.ts';
import type { SetupContext } from './context.ts';
import { findTools } from './tools.ts';
import { tryAddon } from './try-addon.ts';
import { cudaRequirements, unpackCudaLibraries, unpackTensorFlow } from './unpack.ts';
import { chooseWheel, downloadCudaLibraries, downloadTensorFlow, wheelsIn } from './wheels.ts';
import type { Variant } from './wheels.ts';
import { makeFolders } from '../files/make-folders.ts';

/**
 * Makes `folders.built`.
 *
 * @param sources the package's folder, with the addon's sources
 * @throws WayFailed; NascentError `interrupted`, `disk/full`, `disk/failed`
 */
export async function setUpFromWheel(
  variant: Variant,
  sources: string,
  context: SetupContext,
): Promise<void> {
  const { folders, log, env, signal } = context;
  const choice = chooseWheel(variant, process.platform, process.arch);
  const tools = await findTools(env, signal);
  const work = `${folders.built}.${variant}.work`;
  const wheels = join(work, 'wheels');
  const tree = join(work, 'tree');
  const deps = join(tree, 'deps');
  await makeFolders(tree);

  if (!existsSync(deps)) {
    await assertSpace(work, choice.roomBytes);
    await once(wheels, async (folder) => {
      await downloadTensorFlow(tools.python, choice, folder, context);
      const [wheel] = await wheelsIn(folder);
      if (wheel === undefined) throw new WayFailed('pip said it was done and left no wheel');
      if (variant === 'cuda') {
        const requirements = await cudaRequirements(wheel, tools.python, context);
        await downloadCudaLibraries(tools.python, requirements, folder, context);
      }
    });
    log('Unpacking');
    await once(deps, async (folder) => {
      const all = await wheelsIn(wheels);
      const isTensorFlow = (wheel: string) => /[\\/]tensorflow[^\\/]*$/.test(wheel);
      for (const wheel of all.filter(isTensorFlow)) await unpackTensorFlow(wheel, folder, tools, context);
      const others = all.filter((wheel) => !isTensorFlow(wheel));
      await unpackCudaLibraries(others, folder, tools.python, context);
    });
    await rm(wheels, { recursive: true, force: true });
  }

  log('Building the addon');
  await once(join(tree, 'lib'), async (folder) =>
    compileAddons(
      { sources, deps, output: join(folder, 'napi-v8'), scratch: join(work, 'build') },
      tools,
      context,
    ),
  );
  await copyFile(join(sources, 'package.json'), join(tree, 'package.json'));

  const loaded = await tryAddon(tree, context);
  if (!loaded.ok) {
    // What does not load will not load next time either, so nothing of it is kept to go on from.
    await rm(work, { recursive: true, force: true });
    throw new WayFailed(`the addon was built but does not load: ${loaded.reason}`);
  }
  await replaceFolder(tree, folders.built);
  await rm(work, { recursive: true, force: true });
}
