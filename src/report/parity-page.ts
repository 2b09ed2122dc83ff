/** A comparison of runtimes, or of two files, as a page of its own: self-contained, light or dark as its reader prefers. */
import { filesBisectLines } from '../parity/bisect/render-files.ts';
import { basename } from 'node:path';
import type { Distances } from '../parity/comparison.ts';
import {
  differs,
  isOff,
  layerText,
  notComparedText,
  type Layer,
  type LayerReport,
} from '../parity/layers.ts';
import type { PairReport, ParityReport } from '../parity/parity-report.ts';
import { cosineText, decibelsText, small, unmatchedText, usedText } from '../parity/render-layers.ts';
import { saidLines } from '../parity/said-of-inputs.ts';
import { outcomeText, realText, seededText, truthText, unfoundText } from '../parity/render-parity.ts';
import { parityPanel } from './measured.ts';
import { escapeHtml, integer, rows, section, wide, type Row } from './page-parts.ts';
import { pageStyle } from './page-style.ts';

/** @param report of `nascent parity` */
export function parityHtml(report: ParityReport): string {
  const { model, other } = report;
  const name =
    other === undefined
      ? `Parity of ${basename(model.path)}`
      : `${basename(other.model.path)} against ${basename(model.path)}`;
  const sections = [
    section('At a glance', rows(glance(report))),
    section(
      other === undefined ? 'Runtimes' : 'The other file, by the runtime that it was run in',
      parityPanel(report),
    ),
    section('Outputs', outputsPanel(report.pairs)),
    section('What is allowed', gatePanel(report)),
    searchPanel(report.pairs),
    matchingPanel(report),
    ...(report.layers ?? []).map((each) =>
      section(`Values in between: ${each.name}`, layersPanel(each, differs(report.pairs, each.name))),
    ),
    fewerPanel(report),
    bisectPanel(report),
    filesBisectPanel(report),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(name)}</title>
<style>${pageStyle}</style>
</head>
<body>
<h1>${escapeHtml(name)}</h1>
${sections.filter((each) => each !== undefined).join('\n')}
</body>
</html>
`;
}

function glance(report: ParityReport): readonly Row[] {
  const { model, other, baseline, seeded, unread } = report;
  const identity = ({ path, bytes, sha256 }: ParityReport['model']) =>
    `${path}, ${integer(bytes)} bytes, sha256 ${sha256}`;
  return [
    ['outcome', outcomeText(report)],
    [other === undefined ? 'model' : 'first', identity(model)],
    ...(other === undefined ? [] : [['other', identity(other.model)] as const]),
    ['measured against', `${[baseline.name, baseline.version].join(' ').trim()}, ${baseline.device}`],
    ['inputs', [seededText(report), ...saidLines(seeded)].join('; ')],
    ...(seeded.files === undefined ? [['real inputs', realText(report)] as const] : []),
    ...(unread === null ? [] : [['not read as a graph', unread.reason] as const]),
  ];
}

type Named = Distances & { readonly name: string };

interface Column<T> {
  readonly name: string;
  readonly of: (row: T) => string;
  readonly text?: true;
}

function matrix<T>(columns: readonly Column<T>[], list: readonly T[]): string {
  const look = ({ text }: Column<T>) => (text === true ? '' : ' class="number"');
  const head = columns.map((column) => `<th scope="col"${look(column)}>${escapeHtml(column.name)}</th>`);
  const lines = list.map((row) => {
    const cells = columns.map((column, i) => {
      const said = escapeHtml(column.of(row));
      return i === 0 ? `<th scope="row">${said}</th>` : `<td${look(column)}>${said}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return wide(
    `<table class="matrix">\n<thead><tr>${head.join('')}</tr></thead>\n<tbody>\n${lines.join('\n')}\n</tbody>\n</table>`,
  );
}

const figures: readonly Column<Distances>[] = [
  { name: 'elements', of: ({ elements }) => integer(elements) },
  { name: 'largest', of: ({ largestAbsolute }) => small(largestAbsolute) },
  { name: 'relative', of: ({ largestRelative }) => small(largestRelative) },
  { name: 'of 99 %', of: ({ p99 }) => small(p99) },
  { name: 'cosine', of: ({ cosine }) => cosineText(cosine) },
  { name: 'signal to noise', of: ({ signalToNoise }) => decibelsText(signalToNoise) },
  { name: 'tolerance that would pass', of: ({ requiredAbsolute }) => small(requiredAbsolute) },
  { name: 'used of what is allowed', of: ({ used }) => usedText(used) },
  { name: 'NaN or infinite on one side', of: ({ notFinite }) => integer(notFinite) },
];

function outputsPanel(pairs: readonly PairReport[]): string {
  const each = pairs.flatMap(({ name, outputs = [] }) =>
    outputs.map((output) => ({ ...output, name: `${name}: ${output.name}` })),
  );
  if (each.length === 0) return '<p>Nothing was compared.</p>';
  const columns: readonly Column<Named>[] = [
    { name: 'runtime: output', of: ({ name }) => name, text: true },
    ...figures,
  ];
  return `${matrix(columns, each)}\n<h3>How large the differences are</h3>\n${histogram(each)}`;
}

/** A row an output, a column a power of ten, shaded by the share of elements. */
function histogram(each: readonly Named[]): string {
  const bins = decadesOf(each.flatMap((output) => output.histogram.map(({ upTo }) => upTo)));
  const heads = bins.map(
    (upTo) => `<th scope="col"><span>${upTo === 0 ? 'none' : `≤ ${power(upTo)}`}</span></th>`,
  );
  const lines = each.map(({ name, elements, histogram: counts }) => {
    const of = new Map(counts.map(({ upTo, elements: count }) => [keyOf(upTo), count]));
    const cells = bins.map((upTo) => {
      const count = of.get(keyOf(upTo)) ?? 0;
      const share = count / Math.max(1, elements);
      // A rare difference is what one looks for: shaded by its root.
      const shade = Math.sqrt(share).toFixed(3);
      const said = share === 0 ? '' : share < 0.001 ? '&lt; 0.1' : (100 * share).toFixed(share < 0.1 ? 1 : 0);
      return `<td style="--w:${shade}" title="${integer(count)} elements">${said}</td>`;
    });
    return `<tr><th scope="row">${escapeHtml(name)}</th>${cells.join('')}</tr>`;
  });
  return [
    wide(
      `<table class="heat">\n<thead><tr><td></td>${heads.join('')}</tr></thead>\n<tbody>\n${lines.join('\n')}\n</tbody>\n</table>`,
    ),
    '<p class="quiet">Percent of the elements whose absolute difference is at most that, and more than the one before.</p>',
  ].join('\n');
}

/** From the smallest to the largest, none left out, so that distances on the page are distances. */
function decadesOf(bins: readonly number[]): readonly number[] {
  const exponents = bins.filter((upTo) => upTo > 0).map(exponentOf);
  const none = bins.includes(0) ? [0] : [];
  if (exponents.length === 0) return none;
  const [least, most] = [Math.min(...exponents), Math.max(...exponents)];
  return [...none, ...Array.from({ length: most - least + 1 }, (_, i) => 10 ** (least + i))];
}

/** Powers of ten are not the same number by every way to them. */
function keyOf(upTo: number): number | undefined {
  return upTo === 0 ? undefined : exponentOf(upTo);
}

function exponentOf(upTo: number): number {
  return Math.round(Math.log10(upTo));
}

function power(upTo: number): string {
  return `1e${exponentOf(upTo)}`;
}

function gatePanel(report: ParityReport): string {
  const { gate, pairs } = report;
  const more = truthText(report);
  const columns: readonly Column<PairReport>[] = [
    { name: 'runtime', of: ({ name }) => name, text: true },
    { name: 'allowed', of: ({ worst }) => (worst === null ? '-' : small(worst.allowed)) },
    {
      name: 'off by',
      of: ({ worst }) => (worst === null ? '-' : small(Math.abs(worst.given - worst.expected))),
    },
    { name: 'used', of: ({ used, worst }) => (worst === null ? '-' : usedText(used)) },
    {
      name: 'where',
      of: ({ worst }) => (worst === null ? '-' : `${worst.output}[${worst.index}] of ${worst.at}`),
      text: true,
    },
    { name: 'is', of: ({ worst }) => (worst === null ? '-' : worst.given.toPrecision(9)) },
    { name: 'against', of: ({ worst }) => (worst === null ? '-' : worst.expected.toPrecision(9)) },
  ];
  return [
    `<p>${escapeHtml(gate)}</p>`,
    ...(more === '' ? [] : [`<p>${escapeHtml(more)}</p>`]),
    '<p>Where each came nearest to it, or went furthest beyond:</p>',
    matrix(columns, pairs),
  ].join('\n');
}

function searchPanel(pairs: readonly PairReport[]): string | undefined {
  const searched = pairs.flatMap(({ name, climb }) => (climb === undefined ? [] : [{ name, ...climb }]));
  if (searched.length === 0) return undefined;
  const columns: readonly Column<(typeof searched)[number]>[] = [
    { name: 'runtime', of: ({ name }) => name, text: true },
    { name: 'inputs tried', of: ({ steps }) => integer(steps) },
    { name: 'used of the worst drawn', of: ({ from }) => usedText(from) },
    { name: 'of the worst found', of: ({ used }) => usedText(used) },
    {
      name: 'off by',
      of: ({ worst }) => (worst === null ? '-' : small(Math.abs(worst.given - worst.expected))),
    },
    { name: 'allowed', of: ({ worst }) => (worst === null ? '-' : small(worst.allowed)) },
  ];
  return section(
    'A search for the worst input',
    `<p>From the drawn input that uses most of what is allowed, each step changes the worst so far.</p>\n${matrix(columns, searched)}`,
  );
}

function matchingPanel({ other, layers = [] }: ParityReport): string | undefined {
  if (other === undefined) return undefined;
  const { notes, weights, matched, unmatched, otherUnmatched, moreOutputs } = other;
  const left = notComparedText(layers);
  const list = (values: typeof unmatched) =>
    values.length === 0 ? 'none' : `${integer(values.length)}: ${unmatchedText(values)}`;
  return section(
    'What is compared with what',
    rows([
      [
        'values in both files',
        left === undefined ? integer(matched) : `${integer(matched)}; of these ${left}`,
      ],
      ['in the first only', list(unmatched)],
      ['in the other only', list(otherUnmatched)],
      ...(moreOutputs.length === 0 ? [] : [['outputs of the other only', moreOutputs.join(', ')] as const]),
      ...notes.map((note): Row => ['matched', note]),
      ...weights.map((weight): Row => ['weights that are not the same', weight]),
    ]),
  );
}

const layerColumns: readonly Column<Layer>[] = [
  { name: 'value', of: ({ value }) => value, text: true },
  { name: 'node', of: ({ node }) => node, text: true },
  { name: 'op', of: ({ op }) => op, text: true },
  {
    name: 'verdict',
    of: (layer) => (layer.rewritten === true ? 'another' : isOff(layer) ? '✗ too far' : '✓'),
    text: true,
  },
  { name: 'largest', of: ({ largestAbsolute }) => small(largestAbsolute) },
  { name: 'relative', of: ({ largestRelative }) => small(largestRelative) },
  { name: 'cosine', of: ({ cosine }) => cosineText(cosine) },
  { name: 'signal to noise', of: ({ signalToNoise }) => decibelsText(signalToNoise) },
  { name: 'allowed', of: ({ allowed }) => small(allowed) },
  { name: 'used', of: ({ used }) => usedText(used) },
];

/** More rows than this are shown on demand. */
const mostRows = 40;

function layersPanel(report: LayerReport, isOffOutside: boolean): string {
  const { layers } = report;
  const said = `<p>${escapeHtml(layerText(report, isOffOutside))}.</p>`;
  if (layers.length === 0) return said;
  const table = matrix(layerColumns, layers);
  return layers.length <= mostRows
    ? `${said}\n${table}`
    : `${said}\n<details><summary>All ${integer(layers.length)} values, in the order of the file</summary>\n${table}\n</details>`;
}

function fewerPanel({ fewer = [] }: ParityReport): string | undefined {
  if (fewer.length === 0) return undefined;
  return section(
    'Asked for fewer values at once',
    fewer.map((text) => `<p>${escapeHtml(text)}.</p>`).join('\n'),
  );
}

function filesBisectPanel({ bisectFiles }: ParityReport): string | undefined {
  if (bisectFiles === undefined) return undefined;
  const lines = filesBisectLines(bisectFiles).map(
    ([label, text]) => `<p>${escapeHtml(`${label} ${text}`.trim())}.</p>`,
  );
  return section('Where the files part', lines.join('\n'));
}

function bisectPanel({ bisect }: ParityReport): string | undefined {
  if (bisect === undefined) return undefined;
  const { name, found } = bisect;
  if (found === null) {
    return section('Cut out', `<p>${escapeHtml(`${name}${unfoundText(bisect)}.`)}</p>`);
  }
  const { nodes, of, minimal, tried, fails, folder, command } = found;
  return section(
    'Cut out',
    rows([
      ['runtime', name],
      ['input', bisect.input],
      [
        'nodes',
        `${nodes.length} of ${of}: ${nodes.map(({ op, name: node }) => `${op} "${node}"`).join(', ')}`,
      ],
      [
        'smallest',
        minimal ? `none of them can be left out (${tried} parts tried)` : 'time was up before that was known',
      ],
      ['what is wrong', fails],
      ['written', folder],
      ['show it there', command],
    ]),
  );
}
