/**
 * The script of the page of `--format web`, as a browser reads it. An image becomes numbers as `nascent predict` makes them:
 * its shorter side is brought to `resize` with a triangle filter as wide as the step, the square in the middle is cut out.
 */
export const pageScript = `import * as ort from './onnxruntime.js';

const at = (id) => document.getElementById(id);
const say = (text) => { at('status').textContent = text; };
const card = await (await fetch('card.json')).json();

// One thread: more need headers that not every server sends.
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { wasm: new URL('onnxruntime.wasm', import.meta.url).href };
const session = await ort.InferenceSession.create(new URL('model.onnx', import.meta.url).href, {
  executionProviders: ['wasm'],
}).catch((error) => {
  say('The model could not be loaded: ' + error.message);
  throw error;
});
say('Ready.');
document.body.dataset.state = 'ready';

/** For each place along one side, the pixels it is made of: [first, weights that add up to one]. */
function filter(from, to, first, count) {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: count }, (_, place) => {
    const centre = (first + place + 0.5) * scale - 0.5;
    const start = Math.max(0, Math.ceil(centre - reach));
    const end = Math.min(from - 1, Math.floor(centre + reach)) + 1;
    const weights = [];
    for (let i = start; i < end; i++) weights.push(Math.max(0, 1 - Math.abs(i - centre) / reach));
    const sum = weights.reduce((a, b) => a + b, 0);
    return [start, weights.map((weight) => weight / sum)];
  });
}

/** The square in the middle, [size, size, 3], values from 0 to 255. */
function square({ data, width, height }) {
  const { size, resize } = card;
  const short = Math.min(width, height);
  const wide = Math.trunc((resize * width) / short);
  const high = Math.trunc((resize * height) / short);
  const across = filter(width, wide, even((wide - size) / 2), size);
  const down = filter(height, high, even((high - size) / 2), size);
  const top = down[0][0];
  const last = down[size - 1];
  const rows = new Float32Array((last[0] + last[1].length - top) * size * 3);
  for (let y = 0; y < rows.length / (3 * size); y++) {
    across.forEach(([start, weights], x) => {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        weights.forEach((weight, k) => { sum += weight * data[4 * ((top + y) * width + start + k) + c]; });
        rows[3 * (y * size + x) + c] = sum;
      }
    });
  }
  const pixels = new Float32Array(size * size * 3);
  down.forEach(([start, weights], y) => {
    weights.forEach((weight, k) => {
      const row = 3 * (start - top + k) * size;
      for (let i = 0; i < 3 * size; i++) pixels[3 * y * size + i] += weight * rows[row + i];
    });
  });
  return pixels;
}

/** To the nearest whole number, halves to the even one. */
function even(value) {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** How light each pixel is: one number in place of red, green and blue. */
function light(pixels) {
  return Float32Array.from({ length: pixels.length / 3 }, (_, i) =>
    0.299 * pixels[3 * i] + 0.587 * pixels[3 * i + 1] + 0.114 * pixels[3 * i + 2]);
}

function tensorOf(colours) {
  const { channels, size, takes, mean, std } = card;
  const pixels = channels === 1 ? light(colours) : colours;
  if (takes === 'bytes') {
    const bytes = Uint8Array.from(pixels, (value) => Math.min(255, Math.max(0, Math.round(value))));
    return new ort.Tensor('uint8', bytes, [1, size, size, channels]);
  }
  const planes = new Float32Array(pixels.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < size * size; i++) {
      planes[c * size * size + i] = (pixels[channels * i + c] / 255 - mean[c]) / std[c];
    }
  }
  return new ort.Tensor('float32', planes, [1, channels, size, size]);
}

function probabilities(logits) {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** The best five as [label, score], the best first. */
function best(outputs) {
  const row = Array.from(outputs[card.output].data);
  if (card.classOutput !== null) {
    const classes = Array.from(outputs[card.classOutput].data, Number);
    return row.slice(0, 5).map((score, i) => [card.labels[classes[i]] ?? 'class ' + classes[i], score]);
  }
  const scores = card.gives === 'probabilities' ? row : probabilities(row);
  return scores
    .map((score, k) => [card.labels[k], score])
    .sort((a, b) => b[1] - a[1])
    .slice(0, 5);
}

async function classify(file) {
  document.body.dataset.state = 'busy';
  say('Looking at ' + (file.name || 'the image') + ' …');
  at('scores').replaceChildren();
  try {
    // Colours as the file has them, as the network was trained.
    const bitmap = await createImageBitmap(file, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    const pixels = square(context.getImageData(0, 0, bitmap.width, bitmap.height));
    const image = at('image');
    if (image.src.startsWith('blob:')) URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(file);
    image.hidden = false;
    const start = performance.now();
    const outputs = await session.run({ [card.input]: tensorOf(pixels) });
    const took = performance.now() - start;
    const found = best(outputs);
    // Of the best classes alone no probabilities can be made.
    const isLogits = card.classOutput !== null && !card.bestOfProbabilities;
    at('scores').replaceChildren(...found.map((each) => rowOf(each, isLogits)));
    image.alt = found[0][0];
    say(found[0][0] + ', in ' + Math.round(took) + ' ms');
    document.body.dataset.state = 'done';
  } catch (error) {
    say((file.name || 'That') + ' is no image that this browser reads: ' + error.message);
    document.body.dataset.state = 'failed';
  }
}

function rowOf([label, score], isLogits) {
  const row = document.createElement('tr');
  const [name, bar, number] = ['label', 'bar', 'score'].map((kind) => {
    const cell = row.insertCell();
    cell.className = kind;
    return cell;
  });
  name.textContent = label;
  number.textContent = isLogits ? score.toFixed(2) : (100 * score).toFixed(1) + ' %';
  row.dataset.score = String(score);
  if (!isLogits) bar.append(Object.assign(document.createElement('meter'), { value: score }));
  return row;
}

let last = Promise.resolve();
const take = (files) => {
  const [file] = files ?? [];
  if (file !== undefined) last = last.then(() => classify(file));
};
const drop = at('drop');
addEventListener('dragover', (event) => {
  event.preventDefault();
  drop.classList.add('over');
});
addEventListener('dragleave', () => drop.classList.remove('over'));
addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  take(event.dataTransfer?.files);
});
addEventListener('paste', (event) => take(event.clipboardData?.files));
at('file').addEventListener('change', (event) => {
  take([...event.target.files]);
  event.target.value = '';
});
`;
