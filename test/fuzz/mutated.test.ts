/** Whatever is wrong with a file: decoding, checking and reading it give an answer or a NascentError. `run.ts` tries more. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultsIn } from '../../exporters/onnx/check/check.ts';
import { decodeModel, encodeModel } from '../../proto/onnx.ts';
import { tries } from '../support/properties.ts';
import { look } from './look.ts';
import { soundModels } from './models.ts';
import { mutated } from './mutate.ts';

const models = soundModels();

describe('a mutated model', () => {
  it('is decoded, checked and read, or refused', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        look(mutated(models, seed));
      }),
      { numRuns: tries(300) },
    );
  });

  it('is the same for the same seed', () => {
    expect(mutated(models, 5)).toEqual(mutated(models, 5));
  });
});

it('what they begin from is sound, as far as each is meant to be', () => {
  for (const model of models.slice(1)) expect(faultsIn(decodeModel(encodeModel(model)))).toEqual([]);
});
