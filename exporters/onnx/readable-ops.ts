/** Ops that can be read, as files spell them: those of ONNX bare, others after their domain. */
import { loweredOps } from './lower/lowerings.ts';
import { nestedOps } from './nested.ts';
import { sequenceOpNames } from './sequences.ts';

export const readableOps: readonly string[] = [
  ...loweredOps,
  ...nestedOps.keys(),
  ...sequenceOpNames,
].toSorted();
