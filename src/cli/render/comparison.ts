/** A comparison as plain text, section by section. */

import { markOf } from '../../compare/model.ts';
import type {
  ComparedCell,
  ComparedCells,
  ComparedSettings,
  ComparedSide,
  ComparedStage,
  Comparison,
  Figure,
} from '../../compare/model.ts';
import { cellTitles } from '../../run/artefacts/alphas.ts';
import { measures } from '../../run/artefacts/metrics.ts';
import { cleanLine } from '../../tui/clean.ts';
import { formatDuration } from '../../run/duration.ts';
import { asciiOf } from '../../tui/glyphs.ts';
import { curveCharts } from './comparison-curves.ts';
import { formatBytes, formatInteger, formatMillions } from './format.ts';
import { sheet, wrapped } from './sheet.ts';
import type { PageLook, SheetRow } from './sheet.ts';

/** What a side has nothing of. */
const none = '–';

export function renderComparison(comparison: Comparison, look: PageLook): string {
  const { sides, settings, figures, cells, refused } = comparison;
  const sections = [
    ...sidesSection(sides, look),
    ...settings.map((group) => settingsSection(group, look)),
    ...(['search', 'train'] as const).map((stage) => figuresSection(comparison, stage, look)),
    ...curveCharts(comparison, look),
    ...cells.map((group) => cellsSection(group, look)),
    costsSection(comparison, look),
    refusedLines(refused, look),
    figures.some(({ claim }) => claim.kind === 'better')
      ? say('Each is one run: with other seeds it may be otherwise.', look)
      : [],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** The same in parts that can stand beside each other: figures and costs, settings, and a block for each cell. */
export function comparisonParts(comparison: Comparison) {
  const { settings, refused } = comparison;
  const joined = (sections: readonly (readonly string[])[]): readonly string[] =>
    sections.filter((lines) => lines.length > 0).flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
  return {
    figures: (look: PageLook) =>
      joined([
        ...(['search', 'train'] as const).map((stage) => figuresSection(comparison, stage, look)),
        costsSection(comparison, look),
      ]),
    settings: (look: PageLook) =>
      joined([...settings.map((group) => settingsSection(group, look)), refusedLines(refused, look)]),
    cells: comparison.cells.flatMap(({ members, identical, cells, task }) => {
      const marks = members.map(markOf);
      if (identical) return [(look: PageLook) => say(`The cells of ${marks.join(', ')} are the same.`, look)];
      return cells.map((cell) => (look: PageLook) => cellLines(cell, task, marks, look));
    }),
  };
}

/** A sentence on as many lines as it takes. */
function say(text: string, { width, ascii }: PageLook, first = ''): readonly string[] {
  return wrapped(ascii ? asciiOf(cleanLine(text)) : cleanLine(text), width, first);
}

/** "stopped: stopped on request" would say it twice. */
function standing(status: string, reason: string): string {
  return reason.startsWith(status) ? reason : `${status}: ${reason}`;
}

/** Sections of one reason together. */
function refusedLines(refused: Comparison['refused'], look: PageLook): readonly string[] {
  const reasons = [...new Set(refused.map(({ why }) => why))];
  return reasons.flatMap((why) => {
    const sections = refused.filter((each) => each.why === why).map(({ section }) => section);
    return say(`Not compared: ${sections.join(', ')}. ${why[0]?.toUpperCase()}${why.slice(1)}.`, look);
  });
}

function sidesSection(sides: readonly ComparedSide[], look: PageLook): readonly (readonly string[])[] {
  const marks = sides.map(({ mark }) => mark);
  const names = sides.flatMap(({ mark, given }) => say(given, look, `${mark}  `));
  const facts = [
    row('kind', sides, ({ kind }) => kind),
    row('task', sides, ({ task }) => task),
    ...stageRows(sides, (side) => side.stages[0]),
    row('cells', sides, ({ cells }) => cells?.from),
    row('files', sides, ({ files }) =>
      files.map(({ name, bytes }) => `${name} ${formatBytes(bytes)}`).join(', '),
    ),
  ];
  const trainings = stageRows(sides, ({ stages }) => stages[1]);
  const notes = sides.flatMap(({ mark, notes: own }) =>
    own.flatMap((note) => say(`${note}.`, look, `${mark}: `)),
  );
  return [
    names,
    sheet(marks, filled(facts), look),
    trainings.length === 0
      ? []
      : [...say('The training in the folder of the search:', look), ...sheet(marks, trainings, look)],
    notes,
  ];
}

function stageRows(
  sides: readonly ComparedSide[],
  of: (side: ComparedSide) => ComparedStage | undefined,
): readonly SheetRow[] {
  const stage = (name: string, value: (stage: ComparedStage) => string | null) =>
    row(name, sides, (side) => {
      const found = of(side);
      return found === undefined ? null : value(found);
    });
  return filled([
    stage('dataset', ({ dataset, from }) => (from === null ? dataset : `${dataset ?? '?'} in ${from}`)),
    stage('strategy', ({ strategy }) => strategy),
    stage('preset', ({ preset }) => preset),
    stage('status', ({ status, reason }) => (reason === null ? status : standing(status ?? '?', reason))),
    stage('seed', ({ seed }) => (seed === null ? null : String(seed))),
    stage('runtime', ({ runtime }) => runtime),
    stage('epochs', ({ epochs: { done, of: all } }) => (all === null ? String(done) : `${done} of ${all}`)),
    stage('time', ({ seconds }) => (seconds === null ? null : formatDuration(1000 * seconds))),
  ]);
}

function row(
  name: string,
  sides: readonly ComparedSide[],
  of: (side: ComparedSide) => string | null | undefined,
): SheetRow {
  return { name, values: sides.map((side) => of(side) || none) };
}

/** Rows of which no side has anything are left out. */
function filled(rows: readonly SheetRow[]): readonly SheetRow[] {
  return rows.filter(({ values }) => values.some((value) => value !== none));
}

function settingsSection(
  { stage, task, members, same, different }: ComparedSettings,
  look: PageLook,
): readonly string[] {
  const rows = different.map(({ name, values }) => ({
    name,
    values: values.map((value) => (value === null ? none : shownValue(value.value))),
  }));
  const title = `Settings of the ${stage === 'search' ? 'searches' : 'trainings'} on ${task}`;
  const count = `same: ${same === 1 ? '1 setting' : `${same} settings`}`;
  return [
    ...say(`${title}: ${different.length === 0 ? 'none differs' : `${different.length} differ`}`, look),
    ...(rows.length === 0 ? [] : sheet(members.map(markOf), rows, look)),
    count,
  ];
}

function shownValue(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const times = { best: 'best', last: 'last', end: 'at the end', file: 'exported' } as const;

function figuresSection(
  { sides, figures }: Comparison,
  stage: 'search' | 'train',
  look: PageLook,
): readonly string[] {
  const own = figures.filter((figure) => figure.stage === stage);
  if (own.length === 0) return [];
  const rows = own.map((figure): SheetRow => {
    const { title, at, values } = figure;
    return {
      name: at === 'file' ? title : `${title}, ${times[at]}`,
      values: values.map((found) => {
        if (found === null) return none;
        const value = formatOf(figure)(found.value);
        return at === 'best' && found.epoch !== null ? `${value} @${found.epoch + 1}` : value;
      }),
      end: claimText(figure),
    };
  });
  const title = stage === 'search' ? "Figures of the search's supernet" : 'Figures of the training';
  const whys = new Map<string, Set<string>>();
  for (const { title: name, claim, values } of own) {
    if (claim.kind !== 'none' || values.filter((value) => value !== null).length < 2) continue;
    whys.set(claim.why, (whys.get(claim.why) ?? new Set()).add(name));
  }
  return [
    ...say(`${title}, @ the epoch:`, look),
    ...sheet(
      sides.map(({ mark }) => mark),
      rows,
      look,
      'better',
    ),
    ...[...whys].flatMap(([why, names]) => say(`No claim of ${[...names].join(', ')}: ${why}.`, look)),
  ];
}

function formatOf({ key }: Figure): (value: number) => string {
  const measure = measures.find((each) => each.key === key || each.key === `test_${key}`);
  return measure?.format ?? String;
}

function claimText(figure: Figure): string {
  const { claim, key } = figure;
  if (claim.kind === 'none') return '';
  const soFar = claim.soFar ? ' so far' : '';
  if (claim.kind === 'equal') return `equal${soFar}`;
  // Accuracies are shares, and differ by percentage points.
  const by = key.endsWith('accuracy') ? `${(100 * claim.by).toFixed(2)} points` : formatOf(figure)(claim.by);
  return `${claim.sides.map(markOf).join(', ')} by ${by}${soFar}`;
}

function cellsSection({ task, members, identical, cells }: ComparedCells, look: PageLook): readonly string[] {
  const marks = members.map(markOf);
  if (identical) return say(`The cells of ${marks.join(', ')} are the same.`, look);
  return [
    ...say('Cells, = what is the same and ~ what is not:', look),
    ...cells.flatMap((cell) => cellLines(cell, task, marks, look)),
  ];
}

function cellLines(
  cell: ComparedCell,
  task: ComparedCells['task'],
  marks: readonly string[],
  look: PageLook,
): readonly string[] {
  return [
    ...say(`${cellTitles[cell.cell as keyof typeof cellTitles]}: ${sameEdges(cell)}`, look),
    ...sheet(marks, cellRows(cell, stateNames[task]), look),
  ];
}

function sameEdges({ same, counts }: ComparedCell): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return `${same} of ${least === most ? most : `${least} to ${most}`} edges are the same`;
}

const stateNames = {
  images: (state: number) => ['c_{k-2}', 'c_{k-1}'][state] ?? `node ${state - 2}`,
  text: (state: number) => (state === 0 ? 'the input' : `node ${state - 1}`),
} as const;

function cellRows(cell: ComparedCell, state: (state: number) => string): readonly SheetRow[] {
  const { edges, skips, outputs } = cell;
  const out = outputs.map((each) => each.map(state).join(', '));
  const sign = (values: readonly string[]) => (new Set(values).size === 1 ? '=' : '~');
  return [
    ...edges.map(({ node, source, ops, same }) => ({
      name: `${same ? '=' : '~'} node ${node} of ${state(source)}`,
      values: ops.map((each) => (each.length === 0 ? none : each.join(', '))),
    })),
    { name: `${sign(skips.map(String))} skip connections`, values: skips.map(String) },
    ...(sign(out) === '=' ? [] : [{ name: '~ output', values: out }]),
  ];
}

function costsSection(
  { sides, costs: { values, unbuilt, apart } }: Comparison,
  look: PageLook,
): readonly string[] {
  const failed = unbuilt.flatMap((why, side) =>
    why === null ? [] : say(`The network of ${markOf(side)} cannot be built: ${why}.`, look),
  );
  if (values.every((value) => value === null)) return failed;
  const cost = (name: string, of: (value: NonNullable<(typeof values)[number]>) => string): SheetRow => ({
    name,
    values: values.map((value) => (value === null ? none : of(value))),
  });
  // Of images and texts together, each says its own.
  const [macsOf, ...other] = new Set(values.flatMap((value) => (value === null ? [] : [value.macsOf])));
  const of = other.length === 0 ? macsOf : undefined;
  const rows = [
    cost('network', ({ network }) => network),
    cost('size', ({ size }) => size),
    cost('parameters', ({ parameters }) => formatMillions(parameters)),
    of === undefined
      ? cost('MACs', ({ macs, macsOf: its }) => `${formatInteger(macs)} for ${its}`)
      : cost(`MACs for ${of}`, ({ macs }) => formatInteger(macs)),
  ];
  const marks = sides.map(({ mark }) => mark);
  return [
    'Networks of the cells:',
    ...sheet(marks, rows, look),
    ...(apart === null
      ? []
      : say(
          `Not to be compared: ${apart}.${of === undefined ? '' : ' With --network all cells are put in one.'}`,
          look,
        )),
    ...failed,
  ];
}
