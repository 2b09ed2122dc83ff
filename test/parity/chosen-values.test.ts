/** What comes after a choice, whatever it is nested in. */
import { expect, it } from 'vitest';
import { chosenInNumber, chosenValues } from '../../src/parity/chosen-values.ts';
import { floatInfo, modelOf, node } from '../exporters/onnx/models.ts';

it('is what is made of what an op picks, in branches and functions, too', () => {
  const branch = (nodes: ReturnType<typeof node>[], output: string) => ({
    kind: 'graph' as const,
    name: 'then_branch',
    value: modelOf({ nodes, outputs: [floatInfo(output, [undefined])] }).graph,
  });
  const model = modelOf(
    {
      inputs: [floatInfo('x', [4])],
      nodes: [
        // Out of order, which is read all the same.
        node('Neg', ['places'], ['after']),
        node('NonZero', ['x'], ['places']),
        node('Relu', ['x'], ['apart']),
        node('If', ['yes'], ['inside'], [branch([node('TopK', ['x', 'k'], ['t', 'i'])], 't')]),
        node('If', ['yes'], ['beside'], [branch([node('Exp', ['x'], ['e'])], 'e')]),
        node('If', ['yes'], ['captured'], [branch([node('Add', ['x', 'after'], ['s'])], 's')]),
        node('Pick', ['x'], ['called'], [], { domain: 'own' }),
        node('Pick', ['x'], ['other'], [], { domain: 'another' }),
      ],
    },
    {
      functions: [
        {
          name: 'Pick',
          domain: 'own',
          inputs: ['x'],
          outputs: ['u'],
          attributes: [],
          nodes: [node('Unique', ['x'], ['u']), node('Pick', ['u'], ['v'], [], { domain: 'own' })],
          opsets: [{ domain: '', version: 17 }],
          docString: '',
        },
      ],
    },
  );
  expect([...chosenValues(model)].sort()).toEqual(['after', 'called', 'captured', 'inside', 'places']);
});

it('of which numbers say how many there are, where neither the file nor what is fed does', () => {
  const model = modelOf({
    inputs: [floatInfo('x', ['batch', 4])],
    nodes: ['rows', 'batched', 'fixed', 'untold'].map((name) => node('NonZero', ['x'], [name])),
    outputs: [
      floatInfo('rows', ['found', 4]),
      floatInfo('batched', ['batch', 4]),
      floatInfo('fixed', [2, 3]),
    ],
  });
  expect([...chosenInNumber(model)].sort()).toEqual(['rows', 'untold']);
});
