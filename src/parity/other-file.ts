/** Another file, run as if it were the first: fed what that is fed, its answers called as that calls them. */
import type { OnnxModel } from '../../proto/onnx.ts';
import type { AnyTensor, AnyTensors } from '../runtime/any-tensor.ts';
import type { ModelFile, ModelIdentity } from '../evaluate/model-file.ts';
import { heldAs } from '../tensors/numbers.ts';
import { fedInputs } from './fed-inputs.ts';
import type { Matching, Unmatched } from './matching.ts';
import type { SeededCase } from './seeded-inputs.ts';
import type { OpenModel } from './ways.ts';

/** A file that is compared with another, and what of the one is what of the other. */
export interface OtherFile {
  readonly file: ModelFile;
  readonly matching: Matching;
}

/** What a report says of it. */
export interface OtherReport {
  readonly model: ModelIdentity;
  /** Whether it computes in less than float32 anywhere. */
  readonly coarse: boolean;
  /** What was not matched by its name, or is of another type, in a sentence each. */
  readonly notes: readonly string[];
  /** Weights of one name that are not the same, in a sentence each. */
  readonly weights: readonly string[];
  /** Outputs that only the first file has, and only the other. */
  readonly missingOutputs: readonly string[];
  readonly moreOutputs: readonly string[];
  /** How many values in between both have. */
  readonly matched: number;
  /** Values that only the first file has, and only the other: of nodes that were fused, quantised, or added. */
  readonly unmatched: readonly Unmatched[];
  readonly otherUnmatched: readonly Unmatched[];
}

/** @param names of what is asked of it: those of the first file → its own */
export function asFirst(
  opened: OpenModel,
  { inputs, inputTypes }: Matching,
  names: ReadonlyMap<string, string>,
): OpenModel {
  const fedAs = ([name, tensor]: readonly [string, AnyTensor]): [string, AnyTensor] => {
    const theirs = inputs.get(name) ?? name;
    return [theirs, { ...tensor, dtype: inputTypes.get(theirs) ?? tensor.dtype }];
  };
  return {
    note: opened.note,
    dispose: () => opened.dispose(),
    async run(feeds) {
      const given: AnyTensors = await opened.run(new Map([...feeds].map(fedAs)));
      return new Map(
        [...names].flatMap(([ours, theirs]) => {
          const tensor = given.get(theirs);
          return tensor === undefined ? [] : [[ours, tensor] as const];
        }),
      );
    },
  };
}

/** Cases with such values as the other file can be fed: where its input is of float16, both are given what that holds. */
export function asBothHold(
  cases: readonly SeededCase[],
  first: OnnxModel,
  { inputs, inputTypes }: Matching,
): readonly SeededCase[] {
  const halves = new Set(
    fedInputs(first)
      .filter(
        ({ name, dtype }) => dtype !== 'float16' && inputTypes.get(inputs.get(name) ?? '') === 'float16',
      )
      .map(({ name }) => name),
  );
  if (halves.size === 0) return cases;
  return cases.map((one) => ({
    ...one,
    feeds: new Map(
      [...one.feeds].map(([name, tensor]) => [
        name,
        halves.has(name) ? { ...tensor, data: heldAs('float16', tensor.data) } : tensor,
      ]),
    ),
  }));
}
