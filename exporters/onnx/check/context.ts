/** What the parts of the checker share: who is told, what the model says, and what functions are called. */
import type { OnnxFunction, OnnxModel, OnnxNode, OnnxOpset } from '../../../proto/onnx.ts';

/** Who is told. */
export interface Told {
  push(sentence: string): void;
}

export interface Faults extends Told {
  /** A fault that leaves nothing open: whoever reads the model knows what it means. */
  pushSlight(sentence: string): void;
}

export interface Context {
  readonly faults: Faults;
  readonly warnings: Told;
  readonly opsets: readonly OnnxOpset[];
  readonly functions: ReadonlyMap<string, OnnxFunction>;
  readonly model: OnnxModel;
  readonly inFunction: boolean;
}

/** What a function is called by: domain, name, and which of several of that name. */
export function functionKey({ domain, name, overload }: OnnxFunction): string {
  return [domain, name, overload].filter(Boolean).join('.');
}

/** The function that a node calls, if it calls one. */
export function functionKeyOf({ domain, opType, overload }: OnnxNode): string {
  return [domain, opType, overload].filter(Boolean).join('.');
}
