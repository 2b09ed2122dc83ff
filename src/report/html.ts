/**
 * A run as one page: what it found, how it went, what was measured, and everything that decided it.
 *
 * The page loads nothing, so it can be kept, sent and opened anywhere; its one script moves the slider, and the page says
 * so to the browser, which runs no other. The same files in a run's folder give the same page.
 */
import { createHash } from 'node:crypto';
import { formatDuration, formatTime } from '../run/duration.ts';
import { flatSettings } from '../run/flat-settings.ts';
import { readsCharacters } from '../run/artefacts/metrics.ts';
import type { RunRecord } from '../run/record.ts';
import { rnnPrimitives } from '../space/text/primitives.ts';
import { historyPanel, rollbacks } from './history.ts';
import { latencyPanel, parityPanel, validationPanel } from './measured.ts';
import { cellFigure, momentsPanel, momentsScript, notationOf } from './moments-panel.ts';
import { momentsOf, mostMoments } from './moments.ts';
import { escapeHtml, grid, percent, rows, section, type Row } from './page-parts.ts';
import { pageStyle } from './page-style.ts';
import type { ReportedRun, RunLogs } from './read-run.ts';
import { alphaCharts, metricCharts } from './run-charts.ts';
import { embedded } from './svg-document.ts';
import { underWayRows } from './under-way.ts';

export interface PageOptions {
  /** The page reads itself anew so often, while somebody writes it anew. */
  readonly refreshSeconds?: number;
}

/** @param name what the page is called, such as the run's folder */
export function reportHtml(name: string, run: ReportedRun, { refreshSeconds }: PageOptions = {}): string {
  const { record, training, validation, parity, notes } = run;
  const of = record?.kind === 'train' ? 'Training' : 'Search';
  const latency = latencyPanel(validation, parity);
  const history = historyPanel(run.events);
  const trainingHistory = training && historyPanel(training.events);
  const sections = [
    section('At a glance', rows(glance(run))),
    underWay(run),
    cellSection(run),
    chartSection(of, run),
    training && chartSection('Training', training),
    validation && section('Validation', validationPanel(validation)),
    parity && section('Parity', parityPanel(parity)),
    latency && section('Latency', latency),
    history && section(`What happened to the ${of.toLowerCase()}`, history),
    trainingHistory && section('What happened to the training', trainingHistory),
    record && section(`Settings of the ${of.toLowerCase()}`, rows(settingRows(record))),
    training?.record && section('Settings of the training', rows(settingRows(training.record))),
  ];
  const refresh =
    refreshSeconds === undefined ? '' : `<meta http-equiv="refresh" content="${refreshSeconds}">\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refresh}<title>${escapeHtml(name)}</title>
<style>${pageStyle}</style>
</head>
<body>
<h1>${escapeHtml(name)}</h1>
${[noteBox(notes), ...sections].filter((each) => each !== undefined).join('\n')}
${run.alphas.length === 0 ? '' : `<script>${momentsScript}</script>\n`}</body>
</html>
`;
}

/** Of the training in its folder, which says more of its steps than the demo that waits for it; or else of the run. */
function underWay({ training, ...run }: ReportedRun): string | undefined {
  const byCharacters = readsCharacters(run.record?.config);
  const trained = training === undefined ? [] : underWayRows(training, byCharacters);
  const list = trained.length > 0 ? trained : underWayRows(run, byCharacters);
  return list.length === 0 ? undefined : section('Under way', rows(list));
}

/** Nothing from elsewhere, and no script but our own, whatever a label says. */
const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${createHash('sha256')
  .update(momentsScript)
  .digest('base64')}'`;

function noteBox(notes: readonly string[]): string | undefined {
  if (notes.length === 0) return undefined;
  const items = notes.map((note) => `<li>${escapeHtml(note)}</li>`);
  return `<div class="notes" role="note">\n<p>Not all of this run can be read:</p>\n<ul>${items.join('')}</ul>\n</div>`;
}

function glance({ record, status, metrics, training }: ReportedRun): readonly Row[] {
  const byCharacters = readsCharacters(record?.config);
  const measured = [
    ...lastOf(metrics, byCharacters),
    ...(training === undefined
      ? []
      : lastOf(training.metrics, byCharacters).map(([key, value]): Row => [`trained, ${key}`, value])),
  ];
  if (record === undefined) return [['status', 'unknown: run.json cannot be read'], ...measured];
  const { kind, engine, seed, versions, createdAt, updatedAt } = record;
  return [
    ['kind', kind === 'search' ? 'search' : 'training'],
    ['status', standingOf(record, status)],
    ...(training?.record === undefined
      ? []
      : [['training', standingOf(training.record, training.status)] as const]),
    ['runtime', engine],
    ['seed', String(seed)],
    ...measured,
    ['begun', formatTime(createdAt)],
    ['last written', formatTime(updatedAt)],
    [
      'versions',
      Object.entries(versions)
        .map(([program, version]) => `${program} ${version}`)
        .join(', '),
    ],
  ];
}

function standingOf({ stage, reason, ...record }: RunRecord, status = record.status): string {
  if (status === 'crashed')
    return `crashed: ${reason ?? 'its process ended without a word; it can be resumed'}`;
  const standing = status === 'running' && stage !== null ? `${status}: ${stage}` : status;
  // "stopped: stopped on request" would say it twice.
  if (reason?.startsWith(status) === true) return reason;
  return reason === undefined ? standing : `${standing}: ${reason}`;
}

/** What a person asks for first, where the logs have it, and the last of each. */
const headlines: Readonly<Record<string, readonly [name: string, show: (value: number) => string]>> = {
  valid_accuracy: ['validation accuracy', percent],
  test_accuracy: ['test accuracy', percent],
  valid_perplexity: ['validation perplexity', (value) => value.toFixed(2)],
  test_perplexity: ['test perplexity', (value) => value.toFixed(2)],
  seconds: ['time', (value) => formatDuration(value * 1_000)],
};

function lastOf(metrics: RunLogs['metrics'], byCharacters: boolean): readonly Row[] {
  return Object.entries(headlines).flatMap(([key, [name, show]]): Row[] => {
    const value = metrics.findLast((record) => typeof record[key] === 'number')?.[key];
    if (typeof value !== 'number') return [];
    return byCharacters && key.endsWith('perplexity')
      ? [[`${name} per character`, `${show(value)} (${Math.log2(value).toFixed(3)} bits)`]]
      : [[name, show(value)]];
  });
}

/** The cells that were derived in the end, and those of every epoch; where they are the same, once. */
function cellSection({ genotype, alphas, record }: ReportedRun): string | undefined {
  const primitives = primitivesOf(record);
  const moments = momentsOf(alphas, primitives);
  const latest = moments.at(-1)?.genotype;
  const isLatest =
    genotype !== undefined && latest !== undefined && notationOf(genotype) === notationOf(latest);
  const found = genotype === undefined || isLatest ? undefined : section('Cells', cellFigure(genotype));
  if (moments.length === 0) return found;
  const thinned =
    alphas.length > mostMoments
      ? `<p class="quiet">${moments.length} of ${alphas.length} epochs, evenly.</p>\n`
      : '';
  const title = found === undefined ? 'Cells' : 'Cells by epoch';
  const byEpoch = section(title, thinned + momentsPanel(moments, primitives));
  return found === undefined ? byEpoch : `${found}\n${byEpoch}`;
}

function chartSection(title: string, { record, metrics, alphas }: RunLogs): string {
  const charts = [
    ...metricCharts(metrics, readsCharacters(record?.config)),
    ...alphaCharts(alphas, primitivesOf(record)),
  ].map(embedded);
  const back = rollbacks(metrics).map((text) => `<p>${escapeHtml(text)}</p>`);
  const content = charts.length === 0 ? '<p>No epoch has ended yet.</p>' : grid(charts);
  return section(title, [content, ...back].join('\n'));
}

/** Which of a search's alphas is of which operation: its settings say, or there is one list for all recurrent cells. */
function primitivesOf(record: RunRecord | undefined): readonly string[] {
  const settings = record?.config['settings'];
  const named =
    typeof settings === 'object' && settings !== null && 'primitives' in settings
      ? settings.primitives
      : undefined;
  return Array.isArray(named) ? named.map(String) : rnnPrimitives;
}

/** Everything under `config` of run.json; the genotype has been shown. */
function settingRows({ config }: RunRecord): readonly Row[] {
  const { genotype: _, ...rest } = config;
  return flatSettings(rest);
}
