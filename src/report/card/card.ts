/**
 * A model card in Markdown: what a person who is given a model file has to know of it. Everything in it is read from the
 * file and from its run; what they do not say is left out, and what nobody here can know (the licence) is said to be so.
 */
import { flatSettings } from '../../run/flat-settings.ts';
import { measures, ofCharacters } from '../../run/artefacts/metrics.ts';
import { notationOf } from '../moments-panel.ts';
import { genotypeIn } from '../read-run.ts';
import { measuredOn, measuredRows, shareText } from '../measured.ts';
import { integer, percent } from '../page-parts.ts';
import {
  configured,
  labelsOf,
  lastMeasured,
  normalisationOf,
  type CardFacts,
  type CardModel,
} from './facts.ts';
import { isClassifier, loading } from './loading.ts';
import { code, program, table, text } from './markdown.ts';
import { NascentError } from '../../errors.ts';

export function modelCard(facts: CardFacts): string {
  const sections: readonly (readonly [title: string, content: string | undefined])[] = [
    ['The file', fileTable(facts)],
    ['Results', results(facts)],
    ['Input and output', inputAndOutput(facts.model)],
    ['How to load it', loading(facts.model)],
    ['Architecture', architecture(facts.model)],
    ['Training', training(facts)],
    ['Parity of runtimes', parityTable(facts)],
    ['Limits', limits(facts)],
    [
      'Licence',
      'Not stated: neither the file nor its run says under which licence the model or its data are given. Whoever publishes it says so here.',
    ],
  ];
  return `${[
    `# ${text(titleOf(facts.model))}`,
    introduction(facts),
    ...sections.flatMap(([title, content]) => (content === undefined ? [] : [`## ${title}`, content])),
  ].join('\n\n')}\n`;
}

const kinds: Readonly<Record<string, string>> = {
  'image-classification': 'Image classifier',
  'language-modeling': 'Language model',
  characters: 'Language model of characters',
};

function titleOf({ metadata, file }: CardModel): string {
  const kind = kinds[metadata.get('level') === 'character' ? 'characters' : (metadata.get('task') ?? '')];
  const dataset = metadata.get('dataset');
  if (kind === undefined) return file;
  return dataset === undefined ? kind : `${kind} for ${dataset}`;
}

function introduction({ model, training }: CardFacts): string {
  const { metadata } = model;
  const untrained = metadata.get('training');
  const cell = metadata.get('task') === 'language-modeling' ? 'recurrent' : 'convolutional';
  const source = training?.record && configured(training.record, 'source');
  const parts = [
    ...(metadata.has('genotype')
      ? [
          `A ${cell} network built from cells of the search space of DARTS (differentiable architecture search)` +
            `${source === undefined ? '' : `; the cells come from ${code(withoutFolders(source))}`}.`,
        ]
      : []),
    ...(untrained === undefined ? [] : [`**Not trained**: ${text(untrained.replace(/^none: /, ''))}.`]),
    `Exported as ONNX by ${text(model.producer)}.`,
  ];
  return parts.join(' ');
}

/** A card is published: where a run lay on a disk is nobody's business. */
function withoutFolders(source: string): string {
  return source.split(/[\\/]/).findLast((part) => part !== '') ?? source;
}

function fileTable({ model, training }: CardFacts): string {
  const { metadata } = model;
  const record = training?.record;
  const number = (key: string) => {
    const value = Number(metadata.get(key) ?? Number.NaN);
    return Number.isFinite(value) ? integer(value) : undefined;
  };
  const per = metadata.get('task') === 'language-modeling' ? levelOf(model) : 'image';
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['file', code(model.file)],
    ['size', `${integer(model.bytes)} bytes`],
    ['sha256', code(model.sha256)],
    ['format', `ONNX, IR ${model.irVersion}${model.opset === undefined ? '' : `, opset ${model.opset}`}`],
    ['parameters', number('parameters')],
    ['multiply-accumulates', number('macs') && `${number('macs')} for one ${per}`],
    ['checkpoint', metadata.get('checkpoint') && text(metadata.get('checkpoint') ?? '')],
    ['seed', record === undefined ? number('seed') : String(record.seed)],
    ['trained on', record && code(record.engine)],
    [
      'versions',
      record &&
        Object.entries(record.versions)
          .map(([name, version]) => text(`${name} ${version}`))
          .join(', '),
    ],
  ];
  return table(
    ['', ''],
    rows.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]])),
  );
}

function results({ model, validation, training }: CardFacts): string | undefined {
  const ofFile = (validation === undefined ? [] : measuredRows(validation)).map(([name, value]) => [
    text(name),
    text(value),
    validation === undefined ? '' : text(measuredOn(validation)),
    `this file, onnxruntime-${text(validation?.provider ?? '')}`,
  ]);
  const said = levelOf(model) === 'word' ? measures : measures.map(ofCharacters);
  const inTraining = lastMeasured(training?.metrics ?? []).flatMap((record) =>
    said.flatMap(({ key, title, format }) => {
      const value = record[key];
      if (typeof value !== 'number') return [];
      const at =
        record.kind === 'test'
          ? 'the best weights, at the end of training'
          : `after epoch ${typeof record.epoch === 'number' ? record.epoch + 1 : '?'} of training`;
      return [[text(title), text(format(value)), splitOf(key, record), at]];
    }),
  );
  const rows = [...ofFile, ...inTraining];
  if (rows.length === 0) return undefined;
  const classes = validation?.classes ?? [];
  const byClass =
    classes.length === 0 || classes.length > mostClasses
      ? []
      : [
          table(
            ['class', 'right', 'images'],
            classes.map(({ label, images, accuracy }) => [
              text(label),
              accuracy === null ? 'no image' : percent(accuracy),
              integer(images),
            ]),
          ),
        ];
  return [table(['metric', 'value', 'on', 'of'], rows), ...byClass].join('\n\n');
}

/** What a language model reads by: files of words do not say. */
function levelOf({ metadata }: CardModel): string {
  return metadata.get('level') ?? 'word';
}

/** More are in validation.json. */
const mostClasses = 20;

/** `test, 2,000 images`, as far as it was written down. */
function splitOf(key: string, record: Readonly<Record<string, unknown>>): string {
  const split = key.slice(0, key.indexOf('_'));
  for (const unit of ['images', 'tokens']) {
    const many = record[`${split}_${unit}`];
    if (typeof many === 'number') return `${splitNames[split] ?? split}, ${integer(many)} ${unit}`;
  }
  return splitNames[split] ?? split;
}

const splitNames: Readonly<Record<string, string>> = {
  train: 'training data',
  valid: 'validation data',
  test: 'test data',
};

function inputAndOutput(model: CardModel): string {
  const { metadata, inputs, outputs } = model;
  const shapes = [
    ...inputs.map((value) => ['input', value] as const),
    ...outputs.map((value) => ['output', value] as const),
  ].map(([role, { name, dtype, shape }]) => [role, code(name), text(dtype), code(`[${shape.join(', ')}]`)]);
  const normalised = normalisationOf(model);
  const labels = labelsOf(model);
  const layout = metadata.get('input_layout');
  const range = metadata.get('input_range');
  const vocabulary = metadata.get('vocabulary');
  const byCharacters = levelOf(model) === 'character';
  const lines = [
    ...(layout === undefined ? [] : [`- Layout: ${text(layout)}, RGB.`]),
    ...(range === undefined ? [] : [`- Range of pixels: ${text(range)}.`]),
    ...(normalised === undefined
      ? []
      : [
          `- Normalisation, a number a channel: (pixel − mean) / std, mean ${code(JSON.stringify(normalised.mean))}, std ${code(JSON.stringify(normalised.std))}.`,
        ]),
    ...(labels === undefined
      ? []
      : [
          labels.length > mostClasses
            ? `- Labels: ${integer(labels.length)}, in the file's metadata under ${code('labels')}.`
            : `- Labels, in the order of the outputs: ${labels.map(text).join(', ')}.`,
        ]),
    ...(isClassifier(model) ? ['- Output: logits, before softmax.'] : []),
    ...(vocabulary === undefined
      ? []
      : [
          `- ${byCharacters ? 'Characters (Unicode code points)' : 'Words'} are numbers: the line of the ${levelOf(model)} in ${code(vocabulary)} beside the file, counted from 0` +
            `${metadata.has('vocabulary_sha256') ? `; sha256 ${code(metadata.get('vocabulary_sha256') ?? '')}` : ''}.`,
        ]),
    ...(metadata.get('task') === 'language-modeling'
      ? ['- The hidden state is carried: an output that is the input of the next call; zeros to begin with.']
      : []),
  ];
  return [
    table(['', 'name', 'type', 'shape'], shapes),
    ...(lines.length === 0 ? [] : [lines.join('\n')]),
  ].join('\n\n');
}

function architecture({ metadata }: CardModel): string | undefined {
  const json = metadata.get('genotype');
  if (json === undefined) return undefined;
  try {
    return program('python', [notationOf(genotypeIn(json))]);
  } catch (error) {
    // A file of another origin may call something else so.
    if (error instanceof NascentError) return undefined;
    throw error;
  }
}

function training({ training: run }: CardFacts): string | undefined {
  const record = run?.record;
  if (record === undefined) return undefined;
  const { genotype: _, source: __, from: ___, ...config } = record.config;
  const epochs = run?.metrics.filter(({ kind }) => kind === 'epoch').length ?? 0;
  const planned = configured(record, 'settings', 'epochs');
  return [
    `${integer(epochs)}${planned === undefined ? '' : ` of ${text(planned)}`} epochs. Settings:`,
    table(
      ['setting', 'value'],
      flatSettings(config).map(([name, value]) => [code(name), text(value)]),
    ),
  ].join('\n\n');
}

function parityTable({ parity }: CardFacts): string | undefined {
  if (parity === undefined) return undefined;
  const { outcome, baseline, pairs, unavailable } = parity;
  return [
    `${text(outcome)}, against ${text(`${baseline.name} ${baseline.version}`)}.`,
    table(
      ['runtime', 'verdict', 'largest difference', 'of what is allowed, used'],
      pairs.map(({ name, version, elements, largestAbsolute, used, failures }) => [
        text(`${name} ${version}`),
        failures.length === 0 ? 'passed' : text(`failed: ${failures.join('; ')}`),
        elements === 0 || largestAbsolute === null ? 'nothing compared' : largestAbsolute.toExponential(1),
        typeof used === 'number' ? shareText(used) : '',
      ]),
    ),
    ...(unavailable.length === 0
      ? []
      : [
          `Not tried: ${unavailable.map(({ runtime, reason }) => text(`${runtime} (${reason})`)).join(', ')}.`,
        ]),
  ].join('\n\n');
}

/** What a reader would otherwise take for granted. */
function limits({ model, training, validation, parity, leftOut }: CardFacts): string {
  const { metadata } = model;
  const status = training?.record?.status;
  const said = [
    ...(metadata.has('training') ? ['It is not trained: its answers say nothing.'] : []),
    ...(status === undefined || status === 'done' ? [] : [`Its training is not finished (${status}).`]),
    ...(validation === undefined
      ? ['This file has not been measured on test data: `nascent validate`.']
      : []),
    ...(parity === undefined
      ? ['Whether other runtimes agree on this file has not been tried: `nascent parity`.']
      : []),
    ...((validation?.notFinite ?? 0) > 0
      ? [`Its output was NaN or infinite ${integer(validation?.notFinite ?? 0)} times.`]
      : []),
    ...[validation?.note ?? undefined, ...(validation?.notes ?? []), metadata.get('notes')].flatMap((note) =>
      note === undefined || note === '' ? [] : [text(note)],
    ),
    ...leftOut.map(text),
    'How it does on data other than those above is not known.',
  ];
  return [...new Set(said)].map((each) => `- ${each}`).join('\n');
}
