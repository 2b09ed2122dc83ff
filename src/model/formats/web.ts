/**
 * `--format web`: a folder with a page that classifies images dropped on it, in the browser, by onnxruntime's
 * WebAssembly. Any static server serves it; it asks no other server for anything.
 */
import { encodeModel } from '../../../proto/onnx.ts';
import { plainNormalisation } from '../../data/images/imagenet/normalisation.ts';
import type { FormatRow } from './format.ts';
import type { ImageCard } from './image-card.ts';

export const web: FormatRow = {
  help: 'a page that classifies images dropped on it',
  kind: 'folder',
  nameOf: (model) => (model === 'model' ? 'web' : `${model}-web`),
  refusal({ task, externalData }) {
    if (task !== 'images') {
      return {
        message: '--format web is for images: its page is given an image, and this model takes words',
        help: 'Leave --format out, and ask the model with nascent predict --text.',
      };
    }
    if (!externalData) return undefined;
    return {
      message: '--external-data and --format web do not go together: the page fetches one file, the model',
      help: 'Leave --external-data out.',
    };
  },
  async format(model, _, reporter, signal) {
    const [{ imageCardOf }, { pageOf }, { pageScript }, { onnxruntimeWeb }] = await Promise.all([
      import('./image-card.ts'),
      import('./web-page.ts'),
      import('./web-script.ts'),
      import('./onnxruntime-web.ts'),
    ]);
    const card = imageCardOf(model);
    const data = encodeModel(model);
    return {
      files: [
        { name: 'index.html', data: pageOf(card) },
        { name: 'page.js', data: pageScript },
        { name: 'card.json', data: `${JSON.stringify(cardForPage(card), undefined, 2)}\n` },
        { name: 'model.onnx', data },
        ...(await onnxruntimeWeb(reporter, signal)),
      ],
      model: data,
    };
  },
  alwaysProven: false,
};

/** All that the page knows of the model. */
function cardForPage({ model, size, resize, labels, about }: ImageCard): unknown {
  const { input, output, takes, gives, classOutput, bestOfProbabilities, batch, channels, mean, std } = model;
  const plain = plainNormalisation(channels);
  return {
    input,
    output,
    takes,
    gives,
    classOutput: classOutput ?? null,
    bestOfProbabilities: bestOfProbabilities ?? false,
    batch: batch ?? 1,
    channels,
    size,
    resize,
    mean: mean ?? plain.mean,
    std: std ?? plain.std,
    labels,
    about: Object.fromEntries(about),
  };
}
