/**
 * A run as one page: what it found, how it went, what was measured, and everything that decided it.
 *
 * The page holds no script and loads nothing, so it can be kept, sent and opened anywhere. The same files in a run's
 * folder give the same page.
 */
import { flatSettings } from '../run/flat-settings.ts';
import type { RunRecord } from '../run/record.ts';
import { genotypeToNotation } from '../space/images/genotype-notation.ts';
import { rnnGenotypeToNotation } from '../space/text/genotype-text.ts';
import { rnnPrimitives } from '../space/text/primitives.ts';
import type { FoundGenotype, ReportedRun, RunLogs } from './read-run.ts';
import { rnnGenotypeSvg } from './rnn-svg.ts';
import { alphaCharts, metricCharts } from './run-charts.ts';
import { escapeXml } from '../draw/svg-text.ts';
import { genotypeSvg } from './svg.ts';

type Row = readonly [name: string, value: string];

/** @param name what the page is called, such as the run's folder */
export function reportHtml(name: string, run: ReportedRun): string {
  const { record, genotype, training, validation, parity } = run;
  const of = record.kind === 'search' ? 'Search' : 'Training';
  const sections = [
    section('At a glance', rows(glance(run))),
    genotype && section('Cells', drawingOf(genotype)),
    chartSection(of, run),
    training && chartSection('Training', training),
    validation && section('Validation', rows(validationRows(validation))),
    parity && section('Parity', parityTable(parity)),
    section(`Settings of the ${of.toLowerCase()}`, rows(settingRows(record))),
    training && section('Settings of the training', rows(settingRows(training.record))),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(name)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeXml(name)}</h1>
${sections.filter((each) => each !== undefined).join('\n')}
</body>
</html>
`;
}

const style = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1060px; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.4rem; }
svg { max-width: 100%; height: auto; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem; } .charts svg { flex: 1 1 470px; min-width: 0; }
table { border-collapse: collapse; } th { text-align: left; font-weight: 500; }
th, td { padding: 0.2rem 1.6rem 0.2rem 0; vertical-align: top; overflow-wrap: anywhere; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
`;

function section(title: string, content: string): string {
  return `<section>\n<h2>${escapeXml(title)}</h2>\n${content}\n</section>`;
}

function rows(list: readonly Row[]): string {
  const lines = list.map(
    ([name, value]) => `<tr><th>${escapeXml(name)}</th><td>${escapeXml(value)}</td></tr>`,
  );
  return `<table>\n${lines.join('\n')}\n</table>`;
}

function glance({ record, metrics, training }: ReportedRun): readonly Row[] {
  const { kind, status, stage, reason, engine, seed, versions, createdAt, updatedAt } = record;
  const standing = status === 'running' && stage !== null ? `${status}: ${stage}` : status;
  return [
    ['kind', kind],
    ['status', reason === undefined ? standing : `${standing}: ${reason}`],
    ['engine', engine],
    ['seed', String(seed)],
    ...lastOf(metrics),
    ...(training === undefined
      ? []
      : lastOf(training.metrics).map(([key, value]): Row => [`trained, ${key}`, value])),
    ['begun', createdAt],
    ['last written', updatedAt],
    [
      'versions',
      Object.entries(versions)
        .map(([program, version]) => `${program} ${version}`)
        .join(', '),
    ],
  ];
}

/** What a person asks for first, where the logs have it, and the last of each. */
const headlines: Readonly<Record<string, readonly [name: string, show: (value: number) => string]>> = {
  valid_accuracy: ['validation accuracy', percent],
  test_accuracy: ['test accuracy', percent],
  valid_perplexity: ['validation perplexity', (value) => value.toFixed(2)],
  test_perplexity: ['test perplexity', (value) => value.toFixed(2)],
  seconds: ['time', (value) => `${value.toFixed(0)} s`],
};

function lastOf(metrics: RunLogs['metrics']): readonly Row[] {
  return Object.entries(headlines).flatMap(([key, [name, show]]): Row[] => {
    const value = metrics.findLast((record) => typeof record[key] === 'number')?.[key];
    return typeof value === 'number' ? [[name, show(value)]] : [];
  });
}

function drawingOf(found: FoundGenotype): string {
  const convolutional = found.kind === 'convolutional';
  const drawing = convolutional ? genotypeSvg(found.genotype) : rnnGenotypeSvg(found.genotype);
  const text = convolutional ? genotypeToNotation(found.genotype) : rnnGenotypeToNotation(found.genotype);
  return `${drawing}<pre>${escapeXml(text)}</pre>`;
}

function chartSection(title: string, { record, metrics, alphas }: RunLogs): string {
  const charts = [...metricCharts(metrics), ...alphaCharts(alphas, primitivesOf(record))];
  const content = charts.length === 0 ? '<p>No epoch has ended yet.</p>' : charts.join('\n');
  return section(title, `<div class="charts">\n${content}</div>`);
}

/** Which of a search's alphas is of which operation: its settings say, or there is one list for all recurrent cells. */
function primitivesOf({ config }: RunRecord): readonly string[] {
  const settings = config['settings'];
  const named =
    typeof settings === 'object' && settings !== null && 'primitives' in settings
      ? settings.primitives
      : undefined;
  return Array.isArray(named) ? named.map(String) : rnnPrimitives;
}

function validationRows(validation: NonNullable<ReportedRun['validation']>): readonly Row[] {
  const { data, provider, images, words, accuracy, top5, perplexity, unigramPerplexity, loss, model } =
    validation;
  const many =
    images === undefined
      ? `${words?.toLocaleString('en') ?? ''} words`
      : `${images.toLocaleString('en')} images`;
  const measured: readonly [string, number | null | undefined, (value: number) => string][] = [
    ['top-1 accuracy', accuracy, percent],
    ['top-5 accuracy', top5, percent],
    ['perplexity', perplexity, (value) => value.toFixed(2)],
    ['of the unigram model', unigramPerplexity, (value) => value.toFixed(2)],
    ['loss', loss, (value) => `${value.toFixed(4)} nats`],
  ];
  return [
    ['data', `${data}, ${many}`],
    ['runtime', `onnxruntime-${provider}`],
    ...measured.flatMap(([name, value, show]): Row[] =>
      typeof value === 'number' ? [[name, show(value)]] : [],
    ),
    ['model', `${model.bytes.toLocaleString('en')} bytes, sha256 ${model.sha256}`],
  ];
}

function parityTable({ outcome, baseline, pairs, unavailable }: NonNullable<ReportedRun['parity']>): string {
  const cells = pairs.map(({ name, version, elements, largestAbsolute, gate, failures }) => [
    `${name} ${version}`,
    elements === 0 || largestAbsolute === null ? 'nothing compared' : largestAbsolute.toExponential(1),
    gate.absolute.toExponential(),
    failures.length === 0 ? 'passed' : failures.join('; '),
  ]);
  const lines = cells.map((row) =>
    row
      .map((cell, i) => `<td${i === 1 || i === 2 ? ' class="number"' : ''}>${escapeXml(cell)}</td>`)
      .join(''),
  );
  const missing = unavailable.map(({ runtime, reason }) => `<li>${escapeXml(`${runtime}: ${reason}`)}</li>`);
  return [
    `<p>${escapeXml(`${outcome}, against ${baseline.name} ${baseline.version}`)}</p>`,
    '<table>',
    '<tr><th>runtime</th><th>largest difference</th><th>allowed</th><th>verdict</th></tr>',
    ...lines.map((line) => `<tr>${line}</tr>`),
    '</table>',
    ...(missing.length === 0 ? [] : ['<p>Not ready on that machine:</p>', `<ul>${missing.join('')}</ul>`]),
  ].join('\n');
}

/** Everything under `config` of run.json; the genotype has been shown. */
function settingRows({ config }: RunRecord): readonly Row[] {
  const { genotype: _, ...rest } = config;
  return flatSettings(rest);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
