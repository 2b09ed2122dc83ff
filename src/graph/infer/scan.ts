/** Scan: a body run along a sequence. */
import type { TensorType } from '../types.ts';
import { at, ensure, showShape, showType, type OpDefinition } from './rule.ts';

/** The type of one slice of a sequence. */
function sliceOf({ dtype, shape }: TensorType): TensorType {
  return { dtype, shape: shape.slice(1) };
}

export const scanOps = {
  Scan: {
    arity: [1, Infinity],
    infer: (inputs, { body, states, sequences }) => {
      ensure(
        Number.isInteger(states) && states >= 0 && Number.isInteger(sequences) && sequences >= 1,
        `it has ${states} states and ${sequences} sequences`,
        'A Scan runs along one sequence or more.',
      );
      ensure(
        inputs.length === body.inputs.length && inputs.length >= states + sequences,
        `it is given ${inputs.length} inputs, and its body takes ${body.inputs.length}`,
        'Give a state, a sequence or a captured value for each input of the body, in its order.',
      );
      const first = at(inputs, states);
      ensure(first.shape.length > 0, 'a sequence is a scalar', 'Give it an axis to run along.');
      const [length] = first.shape;
      body.inputs.forEach(({ value }, i) => {
        const given = at(inputs, i);
        const slice = i >= states && i < states + sequences;
        ensure(
          !slice || given.shape[0] === length,
          `sequences ${showShape(given.shape)} and ${showShape(first.shape)} differ in length`,
          'Give all sequences one length.',
        );
        const expected = slice ? sliceOf(given) : given;
        ensure(
          showType(expected) === showType(value.type),
          `its body takes ${showType(value.type)} as "${value.name}", and is given ${showType(expected)}`,
          'Build the body for what it is given.',
        );
      });
      ensure(
        body.outputs.length >= states,
        `its body has ${body.outputs.length} outputs for ${states} states`,
        'The first outputs of a body are its next states.',
      );
      return body.outputs.map(({ name, value }, i) => {
        if (i >= states) return { dtype: value.type.dtype, shape: [length ?? 0, ...value.type.shape] };
        ensure(
          showType(value.type) === showType(at(inputs, i)),
          `the state "${name}" goes in as ${showType(at(inputs, i))} and comes out as ${showType(value.type)}`,
          'A state keeps its type from step to step.',
        );
        return value.type;
      });
    },
  } satisfies OpDefinition<'Scan'>,
};
