/**
 * Every value of a file from a runtime that does not outlive being asked for all of them at once: it is asked for fewer and
 * fewer, and what ends it alone is left out.
 */
import type { AnyTensors } from '../runtime/any-tensor.ts';
import { isTooMuch } from './processes/spawn.ts';
import type { ExposedValues, ModelUnderTest, Open, OpenModel } from './ways.ts';

/** How often a file is opened anew. */
const mostOpened = 32;

/**
 * Opens as `open` does; of a file whose every value is an output, fewer at once where all are too much.
 *
 * @param note is told what was left out
 */
export function fewerAtOnce(open: Open, note: (text: string) => void): Open {
  return async (name, way, { path, graphPath, exposed }, signal) => {
    const openFile = async (file: ModelUnderTest) =>
      open(name, way, { path: file.path, graphPath: file.graphPath }, signal);
    const file = { path, graphPath };
    // Only of the whole is it known what float32 costs it.
    if (exposed === undefined || way.what === 'truth') return openFile(file);
    const opened: OpenModel | Error = await openFile(file).catch((error: unknown) => {
      if (isTooMuch(error)) return error;
      throw error;
    });
    const isOpened = !(opened instanceof Error);
    return {
      note: isOpened ? opened.note : undefined,
      ...(isOpened && opened.peak !== undefined && { peak: opened.peak }),
      dispose: () => isOpened && opened.dispose(),
      async run(feeds) {
        try {
          if (!isOpened) throw opened;
          return await opened.run(feeds);
        } catch (error) {
          if (!isTooMuch(error)) throw error;
          const { outputs, left } = await inParts(openFile, exposed, feeds);
          if (outputs === undefined) throw error;
          const without =
            left === 0
              ? ''
              : `, without ${left} ${left === 1 ? 'value' : 'values'} that it did not give then either`;
          note(`${error.message} with every value asked for; it was asked for fewer at once${without}`);
          return outputs;
        }
      },
    };
  };
}

/** What it gives of the values, half as many at once wherever it does not outlive it; and how many it does not give. */
async function inParts(
  openFile: (file: ModelUnderTest) => Promise<OpenModel>,
  { names, withSome }: ExposedValues,
  feeds: AnyTensors,
): Promise<{ readonly outputs: AnyTensors | undefined; readonly left: number }> {
  const runSome = async (some: readonly string[]): Promise<AnyTensors | undefined> =>
    withSome(some, async (file) => {
      let opened: OpenModel | undefined;
      try {
        opened = await openFile(file);
        return await opened.run(feeds);
      } catch (error) {
        if (isTooMuch(error)) return undefined;
        throw error;
      } finally {
        opened?.dispose();
      }
    });
  let left = 0;
  let outputs: AnyTensors | undefined;
  const waiting = [...halves(names)];
  for (let turn = 0; waiting.length > 0; turn++) {
    const some = waiting.shift() ?? [];
    const given = turn < mostOpened ? await runSome(some) : undefined;
    if (given !== undefined) outputs = new Map([...(outputs ?? []), ...given]);
    else if (turn >= mostOpened || some.length <= 1) left += some.length;
    else for (const half of halves(some)) waiting.push(half);
  }
  return { outputs, left };
}

function halves(names: readonly string[]): readonly (readonly string[])[] {
  const middle = Math.ceil(names.length / 2);
  return [names.slice(0, middle), names.slice(middle)].filter((half) => half.length > 0);
}
