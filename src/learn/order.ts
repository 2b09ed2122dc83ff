/** What a job is told that makes a run or resumes one, and the run and the engine that come of it. */
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
   * Opens the engine, says which it is, and makes or takes the run. To be called last: a run that cannot start leaves
   * nothing behind.
   */
  readonly open: (reporter: Reporter) => Promise<{ readonly run: Run; readonly engine: Engine }>;
}

const engineName = z.enum(engineNames).optional();
const orderSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('new'), out: z.string(), engine: engineName, config: z.unknown() }),
  z.strictObject({ kind: z.literal('resume'), run: z.string(), engine: engineName }),
]);

/**
 * @param schemaOf what run.json holds under `config`, by the data that a configuration names
 * @throws NascentError what `openRun` and `recordedAs` throw of a run that is to be resumed
 */
export function readOrder<C extends { readonly settings: { readonly seed: number } }>(
  kind: RunKind,
  schemaOf: (config: unknown) => z.ZodType<C>,
  order: unknown,
): Ordered<C> {
  const asked = orderSchema.parse(order);
  if (asked.kind === 'resume') {
    const run = openRun(asked.run);
    return {
      config: recordedAs(kind, schemaOf(run.record().config), run),
      resumed: run,
      open: async (reporter) => ({
        run,
        engine: await announced(asked.engine ?? engineNamed(run.record().engine), reporter),
      }),
    };
  }
  const config = schemaOf(asked.config).parse(asked.config);
  return {
    config,
    resumed: undefined,
    async open(reporter) {
      const engine = await announced(asked.engine, reporter);
      const run = await createRun(asked.out, {
        kind,
        config,
        seed: config.settings.seed,
        engine: engine.runtime.name,
      });
      return { run, engine };
    },
  };
}

async function announced(name: EngineName | undefined, reporter: Reporter): Promise<Engine> {
  const engine = await openEngine(name);
  reporter.note(`engine: ${engine.why}`);
  return engine;
}
