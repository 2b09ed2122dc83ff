/** What was found out about the model of a run: how it does on its data, and whether runtimes agree on it. */
import { escapeHtml, integer, percent, rows, wide, type Row } from './page-parts.ts';
import type { ReadParity, ReadValidation } from './read-run.ts';

export function validationPanel(validation: ReadValidation): string {
  const classes = validation.classes ?? [];
  return [rows(validationRows(validation)), ...(classes.length === 0 ? [] : [classPanel(classes)])].join(
    '\n',
  );
}

/** A measurement by its name, where it was taken. */
export function measuredRows(validation: ReadValidation): readonly Row[] {
  const { accuracy, top5, loss } = validation;
  const { perplexity, bitsPerCharacter, officialPerplexity, inPieces, unigramPerplexity } = validation;
  const per = validation.level === 'character' ? ' per character' : '';
  const decimals = (value: number) => value.toFixed(2);
  const measured: readonly [string, number | null | undefined, (value: number) => string][] = [
    ['top-1 accuracy', accuracy, percent],
    ['top-5 accuracy', top5, percent],
    ['bits per character', bitsPerCharacter, (value) => value.toFixed(4)],
    [`perplexity${per}`, perplexity, decimals],
    ['perplexity as the official code counts it', officialPerplexity, decimals],
    [`perplexity in ${inPieces?.pieces ?? 0} pieces, as training measures`, inPieces?.perplexity, decimals],
    ['perplexity of the unigram model', unigramPerplexity, decimals],
    ['loss', loss, (value) => `${value.toFixed(4)} nats`],
  ];
  return measured.flatMap(([name, value, show]): Row[] =>
    typeof value === 'number' ? [[name, show(value)]] : [],
  );
}

/** How much of which data: `cifar10, test, 10,000 images`. */
export function measuredOn({ data, split, images, words, level = 'word' }: ReadValidation): string {
  const many =
    images === undefined
      ? words === undefined
        ? []
        : [`${integer(words)} ${level}s`]
      : [`${integer(images)} images`];
  return [data, ...(split === undefined ? [] : [split]), ...many].join(', ');
}

function validationRows(validation: ReadValidation): readonly Row[] {
  const { provider, model, imagesPerSecond, wordsPerSecond, notFinite, unreadable, note, notes } = validation;
  const speed =
    imagesPerSecond === undefined
      ? wordsPerSecond === undefined
        ? []
        : [`${integer(wordsPerSecond)} ${validation.level ?? 'word'}s a second`]
      : [`${integer(imagesPerSecond)} images a second`];
  return [
    ['data', measuredOn(validation)],
    ['runtime', [`onnxruntime-${provider}`, ...speed].join(', ')],
    ...measuredRows(validation),
    ...((notFinite ?? 0) > 0
      ? [['NaN or infinite', `the output for ${integer(notFinite ?? 0)} of them`] as const]
      : []),
    ...((unreadable ?? 0) > 0 ? [['cannot be read', `${integer(unreadable ?? 0)} files`] as const] : []),
    ...[note ?? undefined, ...(notes ?? [])].flatMap((text): Row[] =>
      text === undefined ? [] : [['note', text]],
    ),
    ['model', `${integer(model.bytes)} bytes, sha256 ${model.sha256}`],
  ];
}

type Classes = NonNullable<ReadValidation['classes']>;

/** Of more classes than this the best and the worst are shown, and the rest on demand. */
const mostClasses = 20;

function classPanel(classes: Classes): string {
  const title = '<h3>By class</h3>';
  if (classes.length <= mostClasses) return `${title}\n${classTable(classes)}`;
  const ranked = classes
    .filter(({ accuracy }) => accuracy !== null)
    .toSorted((a, b) => (b.accuracy ?? 0) - (a.accuracy ?? 0));
  return [
    title,
    '<p class="quiet">The ten that go best, and the ten that go worst.</p>',
    classTable([...ranked.slice(0, 10), ...ranked.slice(10).slice(-10)]),
    `<details><summary>All ${integer(classes.length)} classes</summary>\n${classTable(classes)}\n</details>`,
  ].join('\n');
}

function classTable(classes: Classes): string {
  const lines = classes.map(({ label, images, accuracy }) => {
    const share = accuracy === null ? 0 : Math.min(1, Math.max(0, accuracy));
    const said = accuracy === null ? 'no image' : percent(accuracy);
    return (
      `<tr><th scope="row">${escapeHtml(label)}</th><td class="number">${said}</td>` +
      `<td class="number">${integer(images)}</td><td class="bar"><div style="width:${(100 * share).toFixed(1)}%"></div></td></tr>`
    );
  });
  return wide(
    `<table class="matrix classes">\n<thead><tr><th scope="col">class</th><th scope="col" class="number">right</th>` +
      `<th scope="col" class="number">images</th><td></td></tr></thead>\n<tbody>\n${lines.join('\n')}\n</tbody>\n</table>`,
  );
}

type Pair = ReadParity['pairs'][number];

interface Column {
  readonly name: string;
  /** Undefined where the check was not made. */
  readonly of: (pair: Pair) => string | undefined;
  readonly text?: true;
}

/** A row a runtime, a column a check; a check that no runtime was put to has no column. */
const columns: readonly Column[] = [
  { name: 'runs', of: ({ runs }) => runs, text: true },
  { name: 'seeded inputs', of: ({ seededInputs, seededOf }) => ofAll(seededInputs, seededOf) },
  { name: 'real inputs', of: ({ realImages, realOf }) => ofAll(realImages, realOf) },
  {
    name: 'largest difference',
    of: ({ elements, largestAbsolute }) =>
      elements === 0 || largestAbsolute === null ? 'nothing compared' : largestAbsolute.toExponential(1),
  },
  {
    name: 'of 99 %',
    of: ({ elements, p99 }) => (elements === 0 ? undefined : (p99 ?? undefined)?.toExponential(1)),
  },
  {
    name: 'allowed, where most is used',
    of: ({ gate }) => Number(gate.absolute.toPrecision(2)).toExponential(),
  },
  {
    name: 'used', // JSON has no infinity, which is what a difference is of an allowance of nothing.
    of: ({ used }) => (used === undefined ? undefined : shareText(used ?? Infinity)),
  },
  {
    name: 'signal to noise',
    of: ({ signalToNoise }) =>
      typeof signalToNoise === 'number' ? `${Math.round(signalToNoise)} dB` : undefined,
  },
  { name: 'same choice, seeded', of: ({ top1Seeded }) => ofAll(top1Seeded?.agreed, top1Seeded?.total) },
  { name: 'same choice, real', of: ({ top1Real }) => ofAll(top1Real?.agreed, top1Real?.total) },
  {
    name: 'NaN or infinite',
    of: ({ notFinite }) => (notFinite === undefined ? undefined : integer(notFinite)),
  },
];

/** Of what is allowed; beyond ten times, a figure of many digits says no more. */
export function shareText(used: number): string {
  if (used === Infinity) return '∞ times';
  return used <= 10 ? percent(used) : `${used.toPrecision(2)} times`;
}

export function parityPanel(parity: ReadParity): string {
  const { outcome, baseline, pairs, unavailable, real, gate } = parity;
  const used = columns.filter(({ of }) => pairs.some((pair) => of(pair) !== undefined));
  const head = [
    '<th scope="col">runtime</th>',
    '<th scope="col">verdict</th>',
    ...used.map(({ name, text }) => `<th scope="col"${text === true ? '' : ' class="number"'}>${name}</th>`),
  ];
  const lines = pairs.map((pair) => {
    const cells = used.map(
      ({ of, text }) => `<td${text === true ? '' : ' class="number"'}>${escapeHtml(of(pair) ?? '')}</td>`,
    );
    return `<tr><th scope="row">${escapeHtml(`${pair.name} ${pair.version}`)}</th>${verdict(pair)}${cells.join('')}</tr>`;
  });
  const missing = unavailable.map(({ runtime, reason }) => `<li>${escapeHtml(`${runtime}: ${reason}`)}</li>`);
  return [
    `<p>${escapeHtml(`${outcome}, against ${baseline.name} ${baseline.version}`)}</p>`,
    wide(
      `<table class="matrix">\n<thead><tr>${head.join('')}</tr></thead>\n<tbody>\n${lines.join('\n')}\n</tbody>\n</table>`,
    ),
    ...(gate === undefined ? [] : [`<p>${escapeHtml(gate)}</p>`]),
    ...(real?.reason === undefined ? [] : [`<p>${escapeHtml(`No real inputs: ${real.reason}`)}</p>`]),
    ...(missing.length === 0 ? [] : ['<p>Not ready on that machine:</p>', `<ul>${missing.join('')}</ul>`]),
  ].join('\n');
}

/** How long runtimes took an input, where something that was measured says it; undefined where nothing does. */
export function latencyPanel(
  validation: ReadValidation | undefined,
  parity: ReadParity | undefined,
): string | undefined {
  const perSecond = validation?.imagesPerSecond ?? validation?.wordsPerSecond;
  const what = validation?.imagesPerSecond === undefined ? (validation?.level ?? 'word') : 'image';
  const measured: readonly Latency[] = [
    ...(validation === undefined || perSecond === undefined || !(perSecond > 0)
      ? []
      : [
          {
            name: `onnxruntime-${validation.provider}`,
            by: `validation, ${what}s in batches`,
            ms: 1000 / perSecond,
          },
        ]),
    ...(parity?.pairs ?? []).flatMap(({ name, seconds, seededInputs = 0, realImages = 0 }): Latency[] => {
      const inputs = seededInputs + realImages;
      if (seconds === undefined || inputs === 0) return [];
      return [{ name, by: `parity, ${integer(inputs)} inputs`, ms: (1000 * seconds) / inputs }];
    }),
  ];
  if (measured.length === 0) return undefined;
  const most = Math.max(...measured.map(({ ms }) => ms));
  const lines = measured.map(
    ({ name, by, ms }) =>
      `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(by)}</td><td class="number">${milliseconds(ms)}</td>` +
      `<td class="bar"><div style="width:${((100 * ms) / most).toFixed(1)}%"></div></td></tr>`,
  );
  const isOfParity = measured.some(({ by }) => by.startsWith('parity'));
  return [
    wide(
      `<table class="matrix">\n<thead><tr><th scope="col">runtime</th><th scope="col">measured by</th>` +
        `<th scope="col" class="number">an input</th><td></td></tr></thead>\n<tbody>\n${lines.join('\n')}\n</tbody>\n</table>`,
    ),
    ...(isOfParity
      ? [
          '<p class="quiet">Of parity it is all the time that a runtime took, opening the model and comparing included, over its inputs: no benchmark.</p>',
        ]
      : []),
  ].join('\n');
}

interface Latency {
  readonly name: string;
  readonly by: string;
  readonly ms: number;
}

function milliseconds(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toPrecision(3)} ms`;
}

function verdict({ failures, note }: Pair): string {
  const [look, text] = failures.length === 0 ? ['good', '✓ passed'] : ['bad', `✗ ${failures.join('; ')}`];
  const more = note === undefined || note === null ? '' : `<div class="quiet">${escapeHtml(note)}</div>`;
  return `<td class="verdict"><span class="${look}">${escapeHtml(text)}</span>${more}</td>`;
}

function ofAll(some: number | undefined, all: number | undefined): string | undefined {
  return some === undefined || all === undefined || all === 0
    ? undefined
    : `${integer(some)} of ${integer(all)}`;
}
