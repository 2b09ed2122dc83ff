/** A parity report for a terminal, within 100 columns. */
import type { BisectReport } from './bisect/write-repro.ts';
import { filesBisectLines } from './bisect/render-files.ts';
import { differs, layerText, notComparedText, type LayerReport } from './layers.ts';
import type { OtherReport } from './other-file.ts';
import {
  columnsOf,
  cosineText,
  decibelsText,
  layerTable,
  nameOnOneLine,
  noisiest,
  small,
  unmatchedText,
  usedText,
} from './render-layers.ts';
import { standInName } from './pairs.ts';
import { saidLines } from './said-of-inputs.ts';
import { leftOutText } from './asked.ts';
import { isNotRun, isOtherwise, unreadText, type PairReport, type ParityReport } from './parity-report.ts';

const columns = 100;

/** How much of a report is shown. */
export interface ParityShown {
  /** Every value in between as a row of its own, of each runtime. */
  readonly layers?: boolean;
}

/** Text without a newline at its end. */
export function renderParity(report: ParityReport, { layers: showLayers = false }: ParityShown = {}): string {
  const { model, baseline, pairs, unavailable, other } = report;
  const sections = [
    [
      ...wrapped(other === undefined ? 'model     ' : 'first     ', model.path),
      ...wrapped('          ', `sha256 ${model.sha256}, ${count(model.bytes)} bytes`),
      ...(other === undefined
        ? []
        : [
            ...wrapped('other     ', other.model.path),
            ...wrapped('          ', `sha256 ${other.model.sha256}, ${count(other.model.bytes)} bytes`),
          ]),
      ...wrapped(
        'baseline  ',
        `${other === undefined ? '' : 'the first file in '}${[baseline.name, baseline.version].join(' ').trim()}, ${baseline.device}`,
      ),
      ...wrapped('inputs    ', seededText(report)),
      ...saidLines(report.seeded).flatMap((line) => wrapped('          ', line)),
      ...(report.seeded.files === undefined ? wrapped('          ', realText(report)) : []),
    ],
    report.unread === null ? [] : wrapped('not read  ', unreadText(report.unread)),
    pairs.length === 0 ? [] : pairTable(report),
    climbLines(report),
    outputTable(report),
    pairs.flatMap(({ name, note, failures }) => [
      ...failures.flatMap((failure) => wrapped('FAIL  ', `${name}: ${failure}`)),
      ...(note === null ? [] : wrapped('note  ', `${name}: ${note}`)),
    ]),
    report.leftOut === undefined ? [] : wrapped('left out  ', `${report.leftOut.join(', ')}: ${leftOutText}`),
    (other === undefined ? unavailable : []).flatMap(({ runtime, reason }) =>
      wrapped('not ready  ', `${runtime}: ${reason}`),
    ),
    other === undefined ? [] : matchingLines(other, report.layers),
    ...layerSections(report, showLayers),
    (report.fewer ?? []).flatMap((text) => wrapped('note  ', text)),
    report.bisect === undefined ? [] : bisectLines(report.bisect),
    report.bisectFiles === undefined
      ? []
      : filesBisectLines(report.bisectFiles).flatMap(([label, text]) => wrapped(label.padEnd(10), text)),
    wrapped('', outcomeText(report)),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

const headings = ['', 'runtime', 'largest', 'relative', 'SNR', 'allowed', 'used', 'top-1', 'inputs'];

function pairTable(report: ParityReport): string[] {
  const { pairs, gate } = report;
  const texts = isOfText(report);
  const rows = pairs.map((pair) => [
    pair.failures.length === 0 ? 'pass' : 'FAIL',
    pair.name,
    ...(pair.elements === 0
      ? ['-', '-', '-', '-']
      : [
          ...[pair.largestAbsolute, pair.largestRelative].map(small),
          decibelsText(pair.signalToNoise),
          small(pair.gate.absolute),
        ]),
    pair.elements === 0 ? '-' : usedText(pair.used),
    top1(pair),
    texts ? String(pair.seededInputs) : `${pair.seededInputs}+${pair.realImages}`,
  ]);
  const lines = columnsOf([headings, ...rows], 2);
  return [
    ...lines,
    ...wrapped(
      '',
      `Against ${report.baseline.name}. ${gate} ${truthText(report)}The smallest tolerance that would pass: largest (--atol), or ` +
        'relative (--rtol). allowed, used: where a runtime came nearest to it. ' +
        (texts
          ? 'inputs: pieces of text, seeded and real, the hidden state carried from slice to slice.'
          : 'inputs: seeded + real images; top-1 is of real images.'),
    ),
  ];
}

/** A row for each output, where there are several, or two files. */
function outputTable({ pairs, other }: ParityReport): readonly string[] {
  const rows = pairs.flatMap(({ name, outputs = [] }) =>
    outputs.length < 2 && other === undefined
      ? []
      : outputs.map((output) => [
          output.used > 1 || output.notFinite > 0 ? 'FAIL' : 'pass',
          name,
          nameOnOneLine(output.name),
          small(output.largestAbsolute),
          small(output.largestRelative),
          cosineText(output.cosine),
          decibelsText(output.signalToNoise),
          usedText(output.used),
        ]),
  );
  if (rows.length === 0) return [];
  const heads = ['', 'runtime', 'output', 'largest', 'relative', 'cosine', 'SNR', 'used'];
  return columnsOf([heads, ...rows], 3);
}

/** What of the two files is compared with what. */
function matchingLines(
  { notes, weights, matched, moreOutputs, unmatched, otherUnmatched }: OtherReport,
  layers: readonly LayerReport[] = [],
): readonly string[] {
  const left = notComparedText(layers);
  const only = (which: string, values: OtherReport['unmatched']) =>
    values.length === 0
      ? []
      : wrapped(
          'unmatched  ',
          `${values.length} ${values.length === 1 ? 'value is' : 'values are'} in ${which} file only: ${unmatchedText(values)}`,
        );
  return [
    ...notes.flatMap((note) => wrapped('matched    ', note)),
    ...wrapped(
      'matched    ',
      `${matched} values that nodes make, by name${left === undefined ? '' : `; of these ${left}`}`,
    ),
    ...only('the first', unmatched),
    ...only('the other', otherUnmatched),
    ...(weights.length === 0
      ? []
      : wrapped(
          'weights    ',
          `not the same: ${weights.join('; ')}. What no input reaches, as a row of a table or a branch, is not compared.`,
        )),
    ...moreOutputs.flatMap((name) => wrapped('unmatched  ', `the other file alone has the output "${name}"`)),
  ];
}

const mostNodes = 12;

/** Why there is no part to show, after the name of the runtime. */
export function unfoundText({ input, error }: Pick<BisectReport, 'input' | 'error'>): string {
  return error === undefined
    ? `: no part of the model fails by itself on ${input}`
    : `, on ${input}: ${error}`;
}

function bisectLines({ name, input, found, error }: BisectReport): readonly string[] {
  if (found === null) return wrapped('bisect  ', `${name}${unfoundText({ input, error })}`);
  const { nodes, of, minimal, tried, fails, folder, command } = found;
  const named = nodes.slice(0, mostNodes).map(({ op, name: node }) => `${op} "${node}"`);
  const more = nodes.length > mostNodes ? ` and ${nodes.length - mostNodes} more` : '';
  const size = minimal ? 'the smallest part that fails' : 'the smallest part that was found in time';
  return [
    ...wrapped(
      'bisect  ',
      `${name}: ${size} has ${nodes.length} of ${of} nodes (${tried} parts tried): ${named.join(', ')}${more}; ${fails}`,
    ),
    ...wrapped('        ', `wrote ${folder}; show it there:`),
    `        ${command}`,
  ];
}

/** How many values are shown of two files, where not all of them are asked for. */
const noisy = 8;

function layerSections(
  { layers = [], other, pairs }: ParityReport,
  all: boolean,
): readonly (readonly string[])[] {
  const lines = layers.flatMap((each) => wrapped('layers  ', layerText(each, differs(pairs, each.name))));
  if (!all && other === undefined) return [lines];
  const tables = layers.flatMap(({ name, input, layers: values }) => {
    const shown = all ? values : noisiest(values, noisy);
    if (shown.length === 0) return [];
    const title =
      shown.length === values.length
        ? `Every value in between, ${name}, on ${input}:`
        : `The ${shown.length} of ${values.length} values in between with the least signal to noise, ${name}, on ${input}:`;
    const others = shown.filter(({ rewritten }) => rewritten === true).length;
    const note =
      others === 0
        ? []
        : wrapped(
            '',
            'other: further off than allowed, though all that is made of it agrees: called the same and something else, such as ' +
              'a convolution that took in the batch norm behind it, or hidden by what comes after.',
          );
    return [[...wrapped('', title), ...layerTable(shown), ...note]];
  });
  return [lines, ...tables];
}

function climbLines({ pairs }: ParityReport): readonly string[] {
  const found = pairs.flatMap(({ name, climb }) =>
    climb === undefined || climb.steps === 0
      ? []
      : [
          `${name} ${usedText(climb.used)} in ${climb.steps} ${climb.steps === 1 ? 'step' : 'steps'}` +
            (climb.used > climb.from ? ` (from ${usedText(climb.from)})` : ', no more than before'),
        ],
  );
  if (found.length === 0) return [];
  return wrapped('searched  ', `for inputs on which more of what is allowed is used: ${found.join('; ')}`);
}

/** Of what the truth is known, where it is not of all. */
export function truthText({ truth, against, baseline }: ParityReport): string {
  if (against !== undefined) {
    return `What the others are measured against, ${baseline.name}, may be off by as much, so that it is twice that. `;
  }
  if (truth.why === null) return '';
  if (truth.inputs === 0) return `There is no truth: ${truth.why}. `;
  return `The truth is known of ${truth.inputs} ${truth.inputs === 1 ? 'input' : 'inputs'} (${truth.why}); of the others, twice that from ${standInName}. `;
}

function top1({ top1Real: { agreed, total } }: PairReport): string {
  return total === 0 ? '-' : `${agreed}/${total}`;
}

export function seededText({
  seeded: { seeds, batches, kinds = [], lengths, files, level = 'word' },
}: ParityReport): string {
  if (files !== undefined) return `stored: ${files.join(', ')}`;
  const special = kinds.length === 0 ? '' : `; ${kinds.join(', ')}`;
  const inputs =
    seeds.length * batches.reduce((sum, batch) => sum + batch, 0) * (lengths?.length ?? 1) +
    kinds.length * (batches[0] ?? 1);
  const words = lengths === undefined ? '' : ` by slices of ${lengths.join(', ')} ${level}s`;
  return `${count(inputs)} seeded: seeds ${seeds.join(', ')} by batches of ${batches.join(', ')}${words}${special}`;
}

export function realText({ real }: ParityReport): string {
  if ('words' in real) {
    const { level = 'word' } = real;
    return real.dataset === null
      ? `no real ${level}s: ${real.reason}`
      : `${count(real.words)} ${level}s of the test text of ${real.dataset} in ${real.slices} slices`;
  }
  return real.dataset === null
    ? `no real images: ${real.reason}`
    : `${count(real.images)} test images of ${real.dataset}`;
}

function isOfText({ real }: ParityReport): boolean {
  return 'words' in real;
}

export function outcomeText({ outcome, pairs, seconds, baseline, other, model }: ParityReport): string {
  const failed = pairs.filter((pair) => pair.failures.length > 0);
  const gone = failed.filter(isNotRun).length;
  const otherwise = failed.filter(isOtherwise).length;
  const unheld = failed.filter((pair) => pair.unheld === true).length;
  const differ = failed.length - gone - otherwise - unheld;
  const time = `${seconds.toFixed(1)} s`;
  if (other !== undefined && outcome !== 'nothing compared') {
    if (unheld > 0 && unheld === failed.length) {
      return `${outcome}: nothing tells whether ${other.model.path} does what ${model.path} does (${time})`;
    }
    const does = outcome === 'passed' ? 'does' : 'does not do';
    const though = outcome === 'passed' && other.weights.length > 0 ? ', with other weights' : '';
    return `${outcome}: ${other.model.path} ${does} what ${model.path} does${though} (${time})`;
  }
  switch (outcome) {
    case 'passed':
      return `passed: ${pairs.length} of ${pairs.length} agree with ${baseline.name} (${time})`;
    case 'failed':
      return `failed: ${[
        ...(differ > 0 ? [`${differ} of ${pairs.length} differ from ${baseline.name}`] : []),
        ...(unheld > 0 ? [`${unheld} of ${pairs.length} held to nothing`] : []),
        ...(otherwise > 0 ? [`${otherwise} of ${pairs.length} fail where they do not differ`] : []),
        ...(gone > 0 ? [`${gone} of ${pairs.length} cannot run it`] : []),
      ].join(', ')} (${time})`;
    case 'nothing compared':
      return `failed: nothing was compared (${time})`;
  }
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `text` after `label`, its further lines under its first; a word longer than a line stays whole. */
function wrapped(label: string, text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && label.length + line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((one, i) => `${i === 0 ? label : ' '.repeat(label.length)}${one}`.trimEnd());
}
