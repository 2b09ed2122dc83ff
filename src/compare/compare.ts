/** Runs and genotypes, compared section by section. Pure: what is compared has been read before. */
import { tasks } from '../tasks/tasks.ts';
import { compareCells } from './cells.ts';
import { compareCosts } from './costs.ts';
import type { NamedNetworks } from './costs.ts';
import { compareCurves } from './curves.ts';
import { compareFigures } from './figures.ts';
import { groupsOf } from './groups.ts';
import type { Group } from './groups.ts';
import { markOf } from './model.ts';
import type { ComparedSide, ComparedStage, Comparison, Refused } from './model.ts';
import type { ReadSide, ReadStage } from './read-side.ts';
import { compareSettings } from './settings.ts';

const noRuns = 'genotypes alone have none';

export function compare(sides: readonly ReadSide[], named: NamedNetworks): Comparison {
  const groups = groupsOf(sides);
  const runs = sides.some(({ kind }) => kind !== 'genotype');
  const settings = groups.flatMap(compareSettings);
  const cells = compareCells(sides);
  const figures = groups.flatMap((group) => compareFigures(group, sides.length));
  const curves = groups.flatMap(compareCurves);
  const costs = compareCosts(sides, named);
  const refuse = (section: Refused['section'], is: boolean, why: string): readonly Refused[] =>
    is ? [{ section, why }] : [];
  return {
    format: 'nascent-comparison',
    version: 1,
    sides: sides.map(sideOf),
    settings,
    figures,
    curves,
    cells,
    costs,
    refused: [
      ...refuse('settings', settings.length === 0, runs ? whyNoSettings(sides, groups) : noRuns),
      ...refuse('figures', figures.length === 0, runs ? 'nothing has been measured' : noRuns),
      ...refuse('curves', curves.length === 0, runs ? 'no epoch has been measured' : noRuns),
      ...refuse('cells', cells.length === 0, whyNoCells(sides)),
      ...refuse(
        'costs',
        costs.values.every((each) => each === null),
        'there are no cells',
      ),
    ],
  };
}

function sideOf(side: ReadSide, place: number): ComparedSide {
  const { given, kind = null, task = null, stages, genotype, files, notes } = side;
  return {
    mark: markOf(place),
    given,
    kind,
    task,
    stages: stages.map(stageOf),
    cells:
      genotype === undefined || task === null
        ? null
        : { from: genotype.from, notation: tasks[task].space.toNotation(genotype.value) },
    files,
    notes,
  };
}

function stageOf(stage: ReadStage): ComparedStage {
  const { settings, metrics } = stage;
  const epochs = settings['epochs'];
  const seconds = metrics.findLast((record) => typeof record.seconds === 'number')?.seconds;
  return {
    stage: stage.stage,
    path: stage.path,
    dataset: stage.dataset ?? null,
    from: stage.from ?? null,
    preset: stage.preset ?? null,
    strategy: strategyOf(stage),
    status: stage.status ?? null,
    reason: stage.reason ?? null,
    seed: stage.seed ?? null,
    runtime: stage.runtime ?? null,
    epochs: {
      done: new Set(metrics.flatMap((record) => (record.kind === 'epoch' ? [record.epoch] : []))).size,
      of: typeof epochs === 'number' ? epochs : null,
    },
    seconds: seconds ?? null,
  };
}

/** How a search searches, as far as its settings say. */
function strategyOf({ stage, settings }: ReadStage): string | null {
  if (stage !== 'search') return null;
  const { strategy, order } = settings;
  if (typeof strategy === 'string') return strategy;
  return order === 1 ? 'DARTS, first order' : order === 2 ? 'DARTS, second order' : null;
}

function whyNoSettings(sides: readonly ReadSide[], groups: readonly Group[]): string {
  const each = sides.map(({ kind, task }, side) => {
    const what = kind === undefined ? 'unreadable' : `a ${kind}`;
    return `${markOf(side)} is ${what}${kind === 'genotype' ? '' : ` on ${task ?? 'unknown data'}`}`;
  });
  if (groups.some(({ members }) => members.length > 1)) return 'those of too many are not known';
  return `there are no two runs of a kind: ${each.join(', ')}`;
}

function whyNoCells(sides: readonly ReadSide[]): string {
  const having = sides.flatMap(({ genotype, task }, side) =>
    genotype === undefined || task === undefined
      ? []
      : [`${markOf(side)} has ${tasks[task].space.title} cells`],
  );
  if (having.length === 0) return 'there are no cells';
  return having.length === 1 ? `only ${having.join()}` : `they are of different spaces: ${having.join(', ')}`;
}
