/** Figures side by side, best and last, and which is better where that can be said. */
import { measures, ofCharacters } from '../run/artefacts/metrics.ts';
import type { Measure } from '../run/artefacts/metrics.ts';
import type { Json } from '../run/record.ts';
import type { Group } from './groups.ts';
import type { Claim, Figure } from './model.ts';
import { byCharacters } from './read-side.ts';
import type { ReadStage } from './read-side.ts';
import { firstDifference, whyApart } from './same-data.ts';
import type { MeasuredSplit } from './same-data.ts';

type Value = NonNullable<Figure['values'][number]>;

/** @param count of all sides, members of the group or not */
export function compareFigures(group: Group, count: number): readonly Figure[] {
  return [
    ...measuresOf(group).flatMap((measure) =>
      (['best', 'last', 'end'] as const).flatMap((at) => figure(group, count, measure, at)),
    ),
    ...exportedFigures(group, count),
  ];
}

/** What is measured of a group; a perplexity says that it is per character where that of each member is. */
export function measuresOf(group: Group): readonly Measure[] {
  return isOfCharacters(group) ? measures.map(ofCharacters) : measures;
}

function isOfCharacters({ members }: Group): boolean {
  return members.every(({ of }) => byCharacters(of));
}

function figure(
  group: Group,
  count: number,
  measure: Measure,
  at: 'best' | 'last' | 'end',
): readonly Figure[] {
  const of = ({ metrics }: ReadStage): Value | null => {
    const values = metrics.flatMap((record): readonly Value[] => {
      const value = record[measure.key];
      if (typeof value !== 'number') return [];
      if (at === 'end') return record.kind === 'test' ? [{ value, epoch: record.epoch ?? null }] : [];
      return record.kind === 'epoch' ? [{ value, epoch: record.epoch }] : [];
    });
    if (at !== 'best') return values.at(-1) ?? null;
    return bestBy(values, measure.better);
  };
  const split = splitOf(measure.key);
  const apart =
    split === undefined
      ? 'measured while learning, each with its own augmentation and loss'
      : (members: Group['members']) => whyApart(members, split);
  return rowOf(group, count, { ...measure, at }, of, apart);
}

/** Figures of model files, whoever made them: of the same data if they say so, and as much of it. */
function exportedFigures(group: Group, count: number): readonly Figure[] {
  if (group.stage !== 'train') return [];
  return (['accuracy', 'perplexity'] as const).flatMap((name) => {
    const of = ({ validation }: ReadStage): Value | null => {
      const value = validation?.[name];
      return typeof value === 'number' ? { value, epoch: null } : null;
    };
    const apart = (members: Group['members']) =>
      firstDifference(
        members.map(({ side, of: { validation } }) => ({
          side,
          facts: new Map<string, Json | undefined>([
            ['dataset', validation?.data],
            ['how much of it', validation?.images ?? validation?.words],
          ]),
        })),
      );
    const better = name === 'accuracy' ? 'higher' : 'lower';
    const each = name === 'perplexity' && isOfCharacters(group) ? ' per character' : '';
    const title = `${name}${each} of the file`;
    return rowOf(group, count, { key: name, title, better, at: 'file' }, of, apart);
  });
}

function rowOf(
  group: Group,
  count: number,
  about: Pick<Figure, 'key' | 'title' | 'better' | 'at'>,
  of: (stage: ReadStage) => Value | null,
  apart: string | ((members: Group['members']) => string | null),
): readonly Figure[] {
  const { stage, task } = group;
  const found = group.members.flatMap((member) => {
    const value = of(member.of);
    return value === null ? [] : [{ member, value }];
  });
  if (found.length === 0) return [];
  const members = found.map(({ member }) => member);
  const why = typeof apart === 'string' ? apart : members.length < 2 ? 'there is no other' : apart(members);
  const values = Array.from(
    { length: count },
    (_, side) => found.find(({ member }) => member.side === side)?.value ?? null,
  );
  const { key, title, better, at } = about;
  const claim: Claim = why === null ? claimOf(found, better) : { kind: 'none', why };
  return [{ stage, task, key, title, at, better, values, claim }];
}

function claimOf(
  found: readonly { readonly member: Group['members'][number]; readonly value: Value }[],
  better: Figure['better'],
): Claim {
  const soFar = found.some(({ member }) => member.of.status !== 'done');
  const best = bestBy(
    found.map(({ value }) => value),
    better,
  )?.value;
  const others = found.filter(({ value }) => value.value !== best).map(({ value }) => value);
  const next = bestBy(others, better)?.value;
  if (best === undefined || next === undefined) return { kind: 'equal', soFar };
  const sides = found.filter(({ value }) => value.value === best).map(({ member }) => member.side);
  return { kind: 'better', sides, by: Math.abs(best - next), soFar };
}

/** The first of the best. */
function bestBy(values: readonly Value[], better: Figure['better']): Value | null {
  const sign = better === 'higher' ? 1 : -1;
  return values.reduce<Value | null>(
    (best, each) => (best === null || sign * (each.value - best.value) > 0 ? each : best),
    null,
  );
}

/** Undefined of what is learnt from. */
export function splitOf(key: string): MeasuredSplit | undefined {
  if (key.startsWith('valid_')) return 'valid';
  return key.startsWith('test_') ? 'test' : undefined;
}
