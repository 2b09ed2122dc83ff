/** The child's side of `child.ts`: answers every line of stdin with one line of JSON. */
import { createInterface } from 'node:readline';

export type Facts = Readonly<Record<string, unknown>>;

/** Says `ready`, then runs once for each line, until stdin ends. */
export async function answerLines(ready: Facts, run: () => Promise<Facts>): Promise<void> {
  const say = (facts: Facts) => process.stdout.write(`${JSON.stringify(facts)}\n`);
  say(ready);
  for await (const _ of createInterface({ input: process.stdin })) say(await run());
}

/** Seconds that `body` takes. */
export async function seconds(body: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await body();
  return (performance.now() - start) / 1000;
}
