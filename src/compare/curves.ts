/** What was logged every epoch, of all runs of a kind over each other. */
import { measuresOf, splitOf } from './figures.ts';
import type { Group } from './groups.ts';
import type { Curve } from './model.ts';
import { whyApart } from './same-data.ts';

/** Of a search, beside what both are judged by. */
const ofAlphas = [
  { key: 'alpha_entropy', title: 'entropy of alpha' },
  { key: 'alpha_moved', title: 'how far alphas moved' },
  { key: 'skips', title: 'skip connections' },
];

export function compareCurves(group: Group): readonly Curve[] {
  return [...measuresOf(group), ...ofAlphas].flatMap(({ key, title }) => {
    const drawn = group.members.flatMap((member) => {
      const points = member.of.metrics.flatMap((record): Curve['series'][number]['points'] => {
        const value = record.kind === 'epoch' ? record[key] : undefined;
        if (record.kind !== 'epoch' || value === undefined) return [];
        return [[record.epoch, typeof value === 'number' ? value : null]];
      });
      return points.some(([, value]) => value !== null) ? [{ member, points }] : [];
    });
    if (drawn.length === 0) return [];
    const split = splitOf(key);
    const members = drawn.map(({ member }) => member);
    return [
      {
        stage: group.stage,
        task: group.task,
        key,
        title,
        series: drawn.map(({ member, points }) => ({ side: member.side, points })),
        apart: split === undefined || members.length < 2 ? null : whyApart(members, split),
      },
    ];
  });
}
