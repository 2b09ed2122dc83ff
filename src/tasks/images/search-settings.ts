/** What a search of image cells can be told, and its presets. */
import type { z } from 'zod';
import { cnnPrimitives, dartsPrimitives, type CnnPrimitive } from '../../space/images/primitives.ts';
import { flag, listOf, orNull, real, whole } from '../settings/kinds.ts';
import { learning, many, searching, skipCaps } from '../settings/shared.ts';
import { settingsTable } from '../settings/table.ts';
import { imageSettings } from './shared-settings.ts';

/** The most nodes of a cell: as many edges again, 560, as DARTS has in forty cells. */
const mostNodes = 32;
const skips = skipCaps(2 * mostNodes, 'normal cell', 'skip connections');

export const searchSettings = settingsTable({
  task: 'images',
  job: 'search',
  about: {
    /*
     * In so few steps alphas would stay where they started at the paper's rate; this preset turns them up, and the
     * weights with them.
     */
    quick: 'Two minutes on two cores: real cells, and far from converged.',
    darts: "The official code's search on CIFAR-10 (DARTS, section 3.1.1 and appendix A.1).",
  },
  rows: {
    channels: { ...imageSettings.channels, presets: { quick: 8, darts: 16 } },
    layers: { ...imageSettings.layers, presets: { quick: 4, darts: 8 } },
    nodes: {
      type: whole(1, mostNodes),
      unit: 'nodes',
      help: 'Intermediate nodes of a cell, whose outputs are its output.',
      source: 'DARTS, section 2.1',
      presets: 4,
    },
    primitives: {
      type: listOf<CnnPrimitive>(cnnPrimitives),
      unit: null,
      help: 'The operations that an edge is searched among.',
      source: 'DARTS, section 3.1.1',
      presets: [...dartsPrimitives],
    },
    order: { ...searching.order, presets: 1 },
    epochs: { ...learning.epochs, presets: { quick: 2, darts: 50 } },
    batch_size: { ...imageSettings.batchSize, presets: { quick: 32, darts: 64 } },
    image_size: { ...imageSettings.imageSize, before: null, presets: null },
    image_channels: { ...imageSettings.imageChannels, presets: null },
    class_weights: { ...imageSettings.classWeights, presets: 'none' },
    train_images: {
      type: orNull(whole(2, many)),
      unit: 'images',
      help: 'Images to search with: the first half trains the weights, the second alpha, which learns on your validation images where you have some; null for all.',
      source: 'DARTS, section 3.1.1',
      presets: { quick: 2240, darts: null },
    },
    valid_images: {
      type: orNull(whole(1, many)),
      unit: 'images',
      help: 'Images of the second half that the supernet is measured on after an epoch; null for all.',
      source: 'ours',
      presets: { quick: 320, darts: null },
    },
    valid_augmented: {
      type: flag,
      unit: null,
      help: 'Whether the images that the supernet is measured on are augmented like those it learns from.',
      source: 'the official code',
      before: false,
      presets: { quick: false, darts: true },
    },
    initial_weights: {
      ...imageSettings.initialWeights,
      presets: { quick: 'pytorch', darts: 'pytorch-0.3.1' },
    },
    rate: {
      type: real({ above: 0, to: 1000 }),
      unit: null,
      help: 'Learning rate of the weights at the start, from where it follows half a cosine to rate_min.',
      source: 'DARTS, appendix A.1',
      presets: { quick: 0.1, darts: 0.025 },
    },
    rate_min: {
      type: real({ from: 0, to: 1000 }),
      unit: null,
      help: 'Learning rate of the weights at the end.',
      source: 'the official code',
      presets: { quick: 0.01, darts: 0.001 },
    },
    momentum: { ...imageSettings.momentum, presets: 0.9 },
    weight_decay: { ...learning.weightDecay, presets: 3e-4 },
    clip: { ...learning.clip, presets: 5 },
    alpha_rate: { ...searching.alphaRate, presets: { quick: 0.01, darts: 3e-4 } },
    alpha_beta1: { ...searching.alphaBeta1, presets: 0.5 },
    alpha_beta2: { ...searching.alphaBeta2, presets: 0.999 },
    alpha_weight_decay: { ...searching.alphaWeightDecay, presets: 1e-3 },
    warmup_epochs: { ...searching.warmupEpochs, presets: 0 },
    cutout: { ...imageSettings.cutout, presets: 0 },
    max_skips: { ...skips.maxSkips, presets: { quick: 2, darts: null } },
    stop_on_skips: { ...skips.stopOnSkips, presets: null },
    seed: { ...learning.seed, presets: 2 },
  },
});

export const searchSchema = searchSettings.schema;
/** Settings of a search on images, by the name of the preset. */
export const searchPresets = searchSettings.presets;
/** All settings of a search on images. */
export type SearchConfig = z.output<typeof searchSchema>;
export type SearchPreset = keyof typeof searchPresets;

/** The supernet's validation accuracy after the last epoch that users of the official code report (its issues 7, 12, 60). */
export const normalAccuracy: { readonly [P in SearchPreset]?: readonly [least: number, most: number] } = {
  darts: [0.87, 0.89],
};
