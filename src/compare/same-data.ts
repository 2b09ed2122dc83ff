/** Whether figures are of the same data: all that decides what a run measured itself on. */
import type { Json } from '../run/record.ts';
import { markOf } from './model.ts';
import type { Group } from './groups.ts';
import type { ReadStage } from './read-side.ts';

export type MeasuredSplit = 'valid' | 'test';

/** In words → value; undefined where it is not known. */
type Facts = ReadonlyMap<string, Json | undefined>;

/** Why the figures of the members say nothing of each other; null where they were measured on the same. */
export function whyApart(members: Group['members'], split: MeasuredSplit): string | null {
  return firstDifference(members.map(({ side, of }) => ({ side, facts: measuredOn(of, split) })));
}

/** The same of any facts. */
export function firstDifference(
  known: readonly { readonly side: number; readonly facts: Facts }[],
): string | null {
  const names = [...new Set(known.flatMap(({ facts }) => [...facts.keys()]))];
  for (const name of names) {
    const values = known.map(({ facts }) => facts.get(name));
    const shown = new Set(values.map((value) => JSON.stringify(value) ?? ''));
    if (shown.size <= 1) continue;
    const unknown = known.find((_, i) => values[i] === undefined);
    if (unknown !== undefined) return `${name} of ${markOf(unknown.side)} is not known`;
    const each = known.map(({ side }, i) => `${short(values[i])} in ${markOf(side)}`);
    return `${name}: ${each.join(', ')}`;
  }
  return null;
}

/** A digest by its first figures. */
function short(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[0-9a-f]{64}$/.test(text) ? text.slice(0, 8) : text;
}

function measuredOn(stage: ReadStage, split: MeasuredSplit): Facts {
  const { dataset, from, settings, task } = stage;
  const facts = new Map<string, Json | undefined>([['dataset', dataset]]);
  const told = (...names: readonly string[]) => {
    for (const name of names) if (name in settings) facts.set(`the setting ${name}`, settings[name]);
  };
  if (task === 'text') {
    const used = stage.corpus?.used?.[split];
    facts.set('the vocabulary', stage.corpus?.vocabulary_sha256);
    // A run from before it was written down says at least how much of which text.
    if (used === undefined) {
      facts.set('the folder of the dataset', from ?? null);
      told(`${split}_tokens`);
    } else facts.set(`the ${split === 'valid' ? 'validation' : 'test'} text`, used.sha256);
    told(split === 'test' && 'test_batch_size' in settings ? 'test_batch_size' : 'eval_batch_size');
    return facts;
  }
  told('image_size', 'image_channels');
  if (split === 'test') {
    facts.set('the folder of the dataset', from ?? null);
    told('test_images');
    return facts;
  }
  // What is held back, or is the second half, follows from what is learnt from.
  const digest = stage.images?.sha256;
  if (digest === undefined) {
    facts.set('the folder of the dataset', from ?? null);
    told('train_images');
  } else facts.set('the images', digest);
  told('held_back', 'valid_images', 'valid_augmented');
  return facts;
}
