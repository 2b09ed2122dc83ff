/** The child's side of `child.ts`: answers every line of stdin with one line of JSON. */
import { createInterface } from 'node:readline';

export type Facts = Readonly<Record<string, unknown>>;

/** Says `ready`, then runs once for each line, until stdin ends. */
export async function answerLines(ready: Facts, run: () => Promise<Facts>): Promise<void> {
  const say = (facts: Facts) => process.stdout.write(`${JSON.stringify(facts)}\n`);
  say(ready);
  for await (const _ of createInterface({ input: process.stdin })) say(await run());
}

/** What `body` takes: seconds on the wall, and of the processor, those of all threads together. */
export async function costs(
  body: () => Promise<unknown>,
): Promise<{ readonly seconds: number; readonly cpu: number }> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await body();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}
