/** Sessions of onnxruntime, with the settings that suit them. */
import { availableParallelism } from 'node:os';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { Onnxruntime, Provider } from './load.ts';

export interface SessionSettings {
  readonly provider: Provider;
  /** onnxruntime's own rewriting of the graph. */
  readonly optimization: 'disabled' | 'basic' | 'extended' | 'all';
  /** Refuse a model of which some node would run on the processor instead of the provider. */
  readonly strict?: boolean;
  /** Keep freed memory for the session's next run instead of giving it back: a little faster, and never smaller. */
  readonly arena?: boolean;
  /** Writes down what each node took, into a file whose path begins so. */
  readonly profile?: string;
}

/** Rejects with onnxruntime's own error. `model` is a path or the bytes of a model. */
export async function openSession(
  ort: Onnxruntime,
  model: string | Uint8Array,
  { provider, optimization, strict = false, arena = true, profile }: SessionSettings,
): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    graphOptimizationLevel: optimization,
    executionMode: 'sequential',
    intraOpNumThreads: availableParallelism(),
    // Planning memory ahead was measured to take half as much again in a training step, and no less time.
    enableMemPattern: false,
    enableCpuMemArena: arena,
    // What goes wrong is thrown too; nothing else that it has to say is of use to whoever runs a graph.
    logSeverityLevel: 4,
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    ...(strict && provider !== 'cpu' ? { extra: { session: { disable_cpu_ep_fallback: '1' } } } : {}),
  };
  return typeof model === 'string'
    ? ort.InferenceSession.create(model, options)
    : ort.InferenceSession.create(model, options);
}

/** Runs, giving the session exactly the inputs it has. Rejects with onnxruntime's own error. */
export async function runSession(
  session: InferenceSession,
  feeds: Readonly<Record<string, OrtTensor>>,
): Promise<Readonly<Record<string, OrtTensor>>> {
  return session.run(feeds);
}
