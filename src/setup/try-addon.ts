/** Whether TensorFlow loads, asked in a child process. */
import { stopIfAborted } from '../files/progress.ts';
import { addonIn } from '../runtime/native-preload.ts';
import { runProbe } from '../runtime/probe/child.ts';
import { explainTensorFlow } from '../runtime/probe/reasons.ts';
import type { TensorFlowAnswer } from '../runtime/tfjs/probe-tensorflow.ts';
import { resumeHelp } from './command.ts';
import type { SetupContext } from './context.ts';

export type AddonTrial =
  { readonly ok: true; readonly about: TensorFlowAnswer } | { readonly ok: false; readonly reason: string };

/** Tries the addon in `folder`, or, without one, what any other process of Nascent would load. */
export async function tryAddon(
  folder: string | undefined,
  { signal }: Pick<SetupContext, 'signal'>,
): Promise<AddonTrial> {
  const outcome = await runProbe(new URL('../runtime/tfjs/probe-tensorflow', import.meta.url), {
    args: folder === undefined ? [] : [addonIn(folder)],
    timeoutMs: 120_000,
    signal,
  });
  stopIfAborted(signal, resumeHelp);
  if (outcome.ok) return { ok: true, about: outcome.value as TensorFlowAnswer };
  return {
    ok: false,
    reason: explainTensorFlow(outcome).reason,
  };
}
