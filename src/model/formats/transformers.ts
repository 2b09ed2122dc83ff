/**
 * `--format transformers`: a folder that transformers.js opens with its ordinary pipeline for images,
 * `pipeline('image-classification', folder)`, with the labels of the model.
 *
 * The library knows no cells of Nascent, and asks of a classifier only that it takes `pixel_values` and gives `logits`;
 * so the folder says that it is a ResNet, which is what the library has for plain convolutional networks. Sources:
 * https://huggingface.co/docs/transformers.js/custom_usage, /api/processors
 */
import { encodeModel, encodeModelBeside, type OnnxModel } from '../../../proto/onnx.ts';
import type { Passes } from '../../../exporters/passes/passes.ts';
import type { FormatRow } from './format.ts';
import type { ImageCard } from './image-card.ts';

/** What the pipeline does by itself. */
const doneByPipeline = { preprocess: '--preprocess', softmax: '--softmax', topK: '--top-k' } as const;

export const transformers: FormatRow = {
  help: 'a folder that transformers.js opens',
  kind: 'folder',
  nameOf: (model) => (model === 'model' ? 'transformers' : `${model}-transformers`),
  refusal({ task, passes }) {
    if (task === 'text') {
      return {
        message:
          'transformers.js has no pipeline for a recurrent language model: its text pipelines give a model all words so far, and this one carries a state from word to word',
        help: 'Leave --format out and run the file with onnxruntime; for images there is --format transformers.',
      };
    }
    const done = Object.entries(doneByPipeline).find(([name]) => isAsked(passes[name as keyof Passes]));
    if (done === undefined) return undefined;
    return {
      message: `${done[1]} and --format transformers do not go together: the pipeline of transformers.js does that itself`,
      help: `Leave ${done[1]} out.`,
    };
  },
  async format(model, { externalData }) {
    const { imageCardOf } = await import('./image-card.ts');
    const card = imageCardOf(model);
    const made = renamedFor(model, card.model);
    const { file, dtype } = variantOf(card);
    const beside = `${file}_data`;
    const { model: data, weights } = externalData
      ? encodeModelBeside(made, beside)
      : { model: encodeModel(made), weights: undefined };
    const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;
    return {
      files: [
        {
          name: 'config.json',
          data: json(configOf(card, { dtype, ...(externalData && { use_external_data_format: true }) })),
        },
        { name: 'preprocessor_config.json', data: json(preprocessorOf(card)) },
        ...(weights === undefined ? [] : [{ name: `onnx/${beside}`, data: weights }]),
        { name: `onnx/${file}`, data },
      ],
      model: data,
      renamed: new Map([[card.model.input, 'pixel_values']]),
    };
  },
  alwaysProven: true,
};

function isAsked(value: unknown): boolean {
  return value !== undefined && value !== false;
}

/** The library finds a model of fewer bits by the name of its file. */
function variantOf({ about }: ImageCard): { readonly file: string; readonly dtype: string } {
  const precision = about.get('precision');
  if (precision === 'int8') return { file: 'model_quantized.onnx', dtype: 'q8' };
  if (precision === 'float16') return { file: 'model_fp16.onnx', dtype: 'fp16' };
  return { file: 'model.onnx', dtype: 'fp32' };
}

function configOf(
  { labels, about, size, model: { channels } }: ImageCard,
  loading: Readonly<Record<string, unknown>>,
): unknown {
  return {
    model_type: 'resnet',
    architectures: ['ResNetForImageClassification'],
    id2label: Object.fromEntries(labels.map((label, k) => [String(k), label])),
    label2id: Object.fromEntries(labels.map((label, k) => [label, k])),
    image_size: size,
    num_channels: channels,
    'transformers.js_config': loading,
    nascent: Object.fromEntries(about),
  };
}

function preprocessorOf({ size, resize, model: { channels, mean, std } }: ImageCard): unknown {
  return {
    image_processor_type: 'ViTImageProcessor',
    do_convert_rgb: channels === 3,
    ...(channels === 1 && { do_convert_grayscale: true }),
    do_resize: true,
    size: { shortest_edge: resize },
    // Lanczos: what the library calls bilinear looks at four pixels only, however many become one.
    resample: 1,
    do_center_crop: true,
    crop_size: { height: size, width: size },
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean,
    image_std: std,
  };
}

/** With input and output called as the library calls them. */
function renamedFor(model: OnnxModel, { input, output }: ImageCard['model']): OnnxModel {
  const names = new Map([
    [input, 'pixel_values'],
    [output, 'logits'],
  ]);
  const rename = (name: string) => names.get(name) ?? name;
  const { graph } = model;
  return {
    ...model,
    graph: {
      ...graph,
      inputs: graph.inputs.map((each) => ({ ...each, name: rename(each.name) })),
      outputs: graph.outputs.map((each) => ({ ...each, name: rename(each.name) })),
      nodes: graph.nodes.map((each) => ({
        ...each,
        inputs: each.inputs.map(rename),
        outputs: each.outputs.map(rename),
      })),
    },
  };
}
