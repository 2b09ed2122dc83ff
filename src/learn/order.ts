/** What a job is told that makes a run or resumes one, and the run and the runtime that come of it. */
import { z } from 'zod';
import { recordedAs } from '../run/config.ts';
import { createRun, openRun, type Run } from '../run/directory.ts';
import type { RunKind } from '../run/record.ts';
import type { Reporter } from '../run/reporter.ts';
import { engineNamed, engineNames, openEngine, type Engine, type EngineName } from '../runtime/engine.ts';

/** `C` is what run.json holds under `config`. */
export type RunOrder<C> =
  | {
      readonly kind: 'new';
      readonly out: string;
      readonly engine?: EngineName | undefined;
      readonly config: C;
    }
  | { readonly kind: 'resume'; readonly run: string; readonly engine?: EngineName | undefined };

export interface Ordered<C> {
  readonly config: C;
  /** The run that is to be resumed, to be asked before `open` whether it can be; undefined for a new one. */
  readonly resumed: Run | undefined;
  /**
   * Opens the runtime, says which it is, and makes or takes the run. To be called last: a run that cannot start leaves
   * nothing behind.
   *
   * @param opened an engine that is open and was announced, to be taken instead
   */
  readonly open: (
    reporter: Reporter,
    opened?: Engine,
  ) => Promise<{ readonly run: Run; readonly engine: Engine }>;
}

/**
 * The schema of an order.
 *
 * @param config of what run.json holds under `config`
 */
export function runOrder<C>(config: z.ZodType<C, C>): z.ZodType<RunOrder<C>, RunOrder<C>> {
  const engine = z.enum(engineNames).optional();
  return z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('new'), out: z.string(), engine, config }),
    z.strictObject({ kind: z.literal('resume'), run: z.string(), engine }),
  ]);
}

/**
 * @param schema of what run.json holds under `config`
 * @throws NascentError what `openRun` and `recordedAs` throw of a run that is to be resumed
 */
export function takeOrder<C extends { readonly settings: { readonly seed: number } }>(
  kind: RunKind,
  schema: z.ZodType<C>,
  order: RunOrder<C>,
): Ordered<C> {
  if (order.kind === 'resume') {
    const run = openRun(order.run);
    return {
      config: recordedAs(kind, schema, run),
      resumed: run,
      open: async (reporter, opened) => ({
        run,
        engine: opened ?? (await announced(order.engine ?? engineNamed(run.record().engine), reporter)),
      }),
    };
  }
  const { config } = order;
  return {
    config,
    resumed: undefined,
    async open(reporter, opened) {
      const engine = opened ?? (await announced(order.engine, reporter));
      const run = await createRun(order.out, {
        kind,
        config,
        seed: config.settings.seed,
        engine: engine.runtime.name,
      });
      return { run, engine };
    },
  };
}

/** Opens an engine, and says which it is. */
export async function announced(name: EngineName | undefined, reporter: Reporter): Promise<Engine> {
  const engine = await openEngine(name);
  reporter.note(`engine: ${engine.why}`);
  return engine;
}
