/** What a model file says of files or of a text: `nascent predict`. */
import { withGiven } from '../evaluate/given-card.ts';
import { imageModelOf } from '../evaluate/image-model.ts';
import { isLanguageModel, languageModelOf } from '../evaluate/language-model.ts';
import { readModelFile } from '../evaluate/model-file.ts';
import { openOnProvider } from '../evaluate/open-session.ts';
import { NascentError } from '../errors.ts';
import { checkedOrder } from '../run/checked-order.ts';
import type { Reporter } from '../run/reporter.ts';
import { classify, type ImagePrediction } from './images.ts';
import { predictOrder, type PredictOrder } from './order.ts';
import { goOn, type TextPrediction } from './text.ts';

/** Plain data: what `nascent predict --json` prints. */
export type Prediction = ImagePrediction | TextPrediction;

/**
 * Runs the model in onnxruntime. Labels, normalisation and vocabulary are those that the model says.
 *
 * @throws NascentError 'input/invalid' where it is given what it does not take, 'data/missing' or 'data/damaged' of files,
 *   'onnx/invalid', 'onnx/unsupported', 'runtime/unavailable', 'runtime/failed'; the signal's reason when stopped
 */
export async function predict(
  order: PredictOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Prediction> {
  const checked = checkedOrder(predictOrder, order, 'predict');
  reporter.stage('predict', 'Predicting');
  const file = await readModelFile(checked.model);
  const isText = isLanguageModel(file);
  const { files = [], text } = checked;
  if (isText && (text === undefined || files.length > 0)) {
    throw new NascentError('input/invalid', `${file.path} is a language model, and takes a text`, {
      help: 'Give the text so far: --text "the meaning of".',
    });
  }
  if (!isText && (files.length === 0 || text !== undefined)) {
    throw new NascentError('input/invalid', `${file.path} is an image classifier, and takes images`, {
      help: text === undefined ? 'Give the paths of image files after the model.' : 'Leave --text out.',
    });
  }
  if (isText && (checked.mean ?? checked.std ?? checked.labels) !== undefined) {
    throw new NascentError(
      'input/invalid',
      `${file.path} is a language model, and mean, deviation and labels are of images`,
      { help: 'Leave --mean, --std and --labels out.' },
    );
  }
  const { session, note } = await openOnProvider(checked.model, checked.provider);
  try {
    if (note !== undefined) reporter.note(note);
    // As an export of a genotype says it of itself.
    if (new Map(file.model.metadata).get('training')?.startsWith('none') === true) {
      reporter.note('this network is not trained: what it says means nothing');
    }
    return text === undefined
      ? await classify(session, withGiven(imageModelOf(file), checked), files, checked, reporter, signal)
      : await goOn(session, languageModelOf(file), text, checked, reporter, signal);
  } finally {
    session.dispose();
  }
}
