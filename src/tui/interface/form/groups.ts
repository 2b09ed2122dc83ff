/** The headings that settings are below in a form. */

/** In the order of the form. What no heading names, such as what only one method of search has, is below the last. */
const groups = {
  network: ['stem', 'channels', 'layers', 'nodes', 'units', 'primitives'],
  'data and batches': [
    'level',
    'vocabulary_limit',
    'batch_size',
    'image_size',
    'image_channels',
    'class_weights',
    'train_images',
    'valid_images',
    'held_back',
    'test_images',
    'valid_augmented',
    'crop',
    'flip',
    'cutout',
    'bptt',
    'vary_lengths',
    'train_tokens',
    'valid_tokens',
    'test_tokens',
    'eval_batch_size',
    'test_batch_size',
  ],
  learning: [
    'epochs',
    'seed',
    'initial_weights',
    'schedule',
    'rate',
    'rate_min',
    'rate_decay',
    'warmup',
    'momentum',
    'weight_decay',
    'clip',
    'nonmono',
  ],
  'against overfitting': [
    'auxiliary',
    'drop_path',
    'label_smoothing',
    'dropout_output',
    'dropout_hidden',
    'dropout_x',
    'dropout_input',
    'dropout_embedding',
    'activation',
    'slowness',
  ],
} as const;

const searching = 'how the search goes';
const others = 'more';

const groupOf: ReadonlyMap<string, string> = new Map(
  Object.entries(groups).flatMap(([group, keys]) => keys.map((key) => [key, group] as const)),
);

export interface Grouped {
  readonly group: string;
  readonly key: string;
}

/** Settings below their headings, in the order of the headings and, below each, of the table. */
export function grouped(keys: readonly string[], job: 'search' | 'train'): readonly Grouped[] {
  const last = job === 'search' ? searching : others;
  const order: readonly string[] = [...Object.keys(groups), last];
  return keys
    .map((key) => ({ key, group: groupOf.get(key) ?? last }))
    .toSorted((a, b) => order.indexOf(a.group) - order.indexOf(b.group));
}
