/** A parity report for a terminal, within 100 columns. */
import { layerText } from './layers.ts';
import { standInName } from './pairs.ts';
import { unreadText, type PairReport, type ParityReport } from './parity-report.ts';

const columns = 100;

/** Text without a newline at its end. */
export function renderParity(report: ParityReport): string {
  const { model, baseline, pairs, unavailable } = report;
  const sections = [
    [
      ...wrapped('model     ', model.path),
      ...wrapped('          ', `sha256 ${model.sha256}, ${count(model.bytes)} bytes`),
      ...wrapped('baseline  ', `${baseline.name} ${baseline.version}, ${baseline.device}`),
      ...wrapped('inputs    ', seededText(report)),
      ...wrapped('          ', realText(report)),
    ],
    report.unread === null ? [] : wrapped('not read  ', unreadText(report.unread)),
    pairs.length === 0 ? [] : pairTable(report),
    pairs.flatMap(({ name, note, failures }) => [
      ...failures.flatMap((failure) => wrapped('FAIL  ', `${name}: ${failure}`)),
      ...(note === null ? [] : wrapped('note  ', `${name}: ${note}`)),
    ]),
    unavailable.flatMap(({ runtime, reason }) => wrapped('not ready  ', `${runtime}: ${reason}`)),
    (report.layers ?? []).flatMap((each) => wrapped('layers  ', layerText(each))),
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
          pair.signalToNoise === null ? '-' : `${Math.round(pair.signalToNoise)} dB`,
          small(pair.gate.absolute),
        ]),
    pair.elements === 0 ? '-' : `${percent(pair.used)} %`,
    top1(pair),
    texts ? String(pair.seededInputs) : `${pair.seededInputs}+${pair.realImages}`,
  ]);
  const all = [headings, ...rows];
  const widths = headings.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  // Names are read from the left, numbers compared from the right.
  const lines = all.map((row) =>
    row
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
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

/** Of what the truth is known, where it is not of all. */
function truthText({ truth }: ParityReport): string {
  if (truth.why === null) return '';
  if (truth.inputs === 0) return `There is no truth: ${truth.why}. `;
  return `The truth is known of ${truth.inputs} ${truth.inputs === 1 ? 'input' : 'inputs'} (${truth.why}); of the others, twice that from ${standInName}. `;
}

function top1({ top1Real: { agreed, total } }: PairReport): string {
  return total === 0 ? '-' : `${agreed}/${total}`;
}

function seededText({ seeded: { seeds, batches, kinds = [], lengths } }: ParityReport): string {
  const special = kinds.length === 0 ? '' : `; ${kinds.join(', ')}`;
  const inputs =
    seeds.length * batches.reduce((sum, batch) => sum + batch, 0) * (lengths?.length ?? 1) +
    kinds.length * (batches[0] ?? 1);
  const words = lengths === undefined ? '' : ` by slices of ${lengths.join(', ')} words`;
  return `${count(inputs)} seeded: seeds ${seeds.join(', ')} by batches of ${batches.join(', ')}${words}${special}`;
}

function realText({ real }: ParityReport): string {
  if ('words' in real) {
    return real.dataset === null
      ? `no real words: ${real.reason}`
      : `${count(real.words)} words of the test text of ${real.dataset} in ${real.slices} slices`;
  }
  return real.dataset === null
    ? `no real images: ${real.reason}`
    : `${count(real.images)} test images of ${real.dataset}`;
}

function isOfText({ real }: ParityReport): boolean {
  return 'words' in real;
}

function outcomeText({ outcome, pairs, seconds, baseline }: ParityReport): string {
  const failed = pairs.filter((pair) => pair.failures.length > 0).length;
  const time = `${seconds.toFixed(1)} s`;
  switch (outcome) {
    case 'passed':
      return `passed: ${pairs.length} of ${pairs.length} agree with ${baseline.name} (${time})`;
    case 'failed':
      return `failed: ${failed} of ${pairs.length} differ from ${baseline.name} (${time})`;
    case 'nothing compared':
      return `failed: nothing was compared (${time})`;
  }
}

/** `0`, `3`, `0.02`, `4e3`: of what is allowed. */
function percent(share: number): string {
  const value = 100 * share;
  return value === 0 || (value >= 1 && value < 1e4) ? value.toFixed(0) : value.toPrecision(1);
}

/** `0`, `1.2e-7`. */
function small(value: number): string {
  return value === 0 ? '0' : value.toExponential(1);
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
