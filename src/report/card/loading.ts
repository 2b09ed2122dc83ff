/** How a model file is loaded, in Python and in Node: programs that run as they stand, beside the file. */
import { labelsOf, normalisationOf, type CardModel, type CardValue } from './facts.ts';
import { literal, program } from './markdown.ts';

const nodePackage = 'onnxruntime-node';

export function loading(model: CardModel): string {
  return [
    'Python, with `pip install onnxruntime numpy`:',
    program('python', [
      'import numpy as np',
      'import onnxruntime as ort',
      '',
      `session = ort.InferenceSession(${literal(model.file)}, providers=["CPUExecutionProvider"])`,
      ...(isClassifier(model) ? pythonImages(model) : pythonPlain(model)),
    ]),
    `Node, with \`npm install ${nodePackage}\`:`,
    program('js', [
      `import ort from '${nodePackage}';`,
      '',
      `const session = await ort.InferenceSession.create(${literal(model.file)});`,
      ...(isClassifier(model) ? nodeImages(model) : nodePlain(model)),
    ]),
  ].join('\n\n');
}

/** One input [batch, 3, H, W], one output [batch, classes]. */
export function isClassifier({ inputs, outputs, metadata }: CardModel): boolean {
  return (
    metadata.get('task') === 'image-classification' &&
    inputs.length === 1 &&
    outputs.length === 1 &&
    inputs[0]?.shape.length === 4
  );
}

/** Open extents are 1 in the examples. */
function sized({ shape }: CardValue): readonly number[] {
  return shape.map((extent) => (typeof extent === 'number' ? extent : 1));
}

function pythonImages(model: CardModel): readonly string[] {
  const [input] = model.inputs;
  if (input === undefined) return [];
  const normalised = normalisationOf(model);
  const [, channels = 3, height = 1, width = 1] = sized(input);
  return [
    '',
    `# Pixels of one ${channels === 1 ? 'grey' : 'RGB'} image, from 0 to 1: [${height}, ${width}, ${channels}]. Put yours here.`,
    `pixels = np.random.rand(${height}, ${width}, ${channels})`,
    ...(normalised === undefined
      ? ['x = pixels']
      : [`x = (pixels - ${JSON.stringify(normalised.mean)}) / ${JSON.stringify(normalised.std)}`]),
    'x = x.transpose(2, 0, 1)[None].astype(np.float32)',
    `[logits] = session.run(None, {${literal(input.name)}: x})`,
    ...(labelsOf(model) === undefined
      ? ['print(int(logits[0].argmax()))']
      : [
          'import json',
          'labels = json.loads(session.get_modelmeta().custom_metadata_map["labels"])',
          'print(labels[int(logits[0].argmax())])',
        ]),
  ];
}

function nodeImages(model: CardModel): readonly string[] {
  const [input] = model.inputs;
  const [output] = model.outputs;
  if (input === undefined || output === undefined) return [];
  const normalised = normalisationOf(model);
  const [, channels = 3, height = 1, width = 1] = sized(input);
  const value =
    normalised === undefined ? 'pixels[i * channels + c]' : '(pixels[i * channels + c] - mean[c]) / std[c]';
  return [
    '',
    `// Pixels of one ${channels === 1 ? 'grey' : 'RGB'} image, from 0 to 1, ${height} × ${width} × ${channels}. Put yours here.`,
    `const [channels, area] = [${channels}, ${height * width}];`,
    'const pixels = Float32Array.from({ length: channels * area }, Math.random);',
    ...(normalised === undefined
      ? []
      : [`const [mean, std] = [${JSON.stringify(normalised.mean)}, ${JSON.stringify(normalised.std)}];`]),
    'const x = new Float32Array(channels * area);',
    'for (let c = 0; c < channels; c++) {',
    `  for (let i = 0; i < area; i++) x[c * area + i] = ${value};`,
    '}',
    `const results = await session.run({ ${literal(input.name)}: new ort.Tensor('float32', x, ${JSON.stringify(sized(input))}) });`,
    `const logits = results[${literal(output.name)}].data;`,
    'console.log(logits.indexOf(Math.max(...logits)));',
  ];
}

/** Types of ONNX that both have by a simple name. */
const types: Readonly<Record<string, { readonly python: string; readonly array: string }>> = {
  float32: { python: 'np.float32', array: 'Float32Array' },
  float64: { python: 'np.float64', array: 'Float64Array' },
  int64: { python: 'np.int64', array: 'BigInt64Array' },
  int32: { python: 'np.int32', array: 'Int32Array' },
};

function pythonPlain({ inputs }: CardModel): readonly string[] {
  if (inputs.some(({ dtype }) => types[dtype] === undefined))
    return ['print([i.name for i in session.get_inputs()])'];
  return [
    '',
    '# Zeros of the right shapes. Put yours here.',
    'feeds = {',
    ...inputs.map(
      (input) =>
        `    ${literal(input.name)}: np.zeros(${JSON.stringify(sized(input))}, ${types[input.dtype]?.python ?? ''}),`,
    ),
    '}',
    'for value, result in zip(session.get_outputs(), session.run(None, feeds)):',
    '    print(value.name, result.shape)',
  ];
}

function nodePlain({ inputs }: CardModel): readonly string[] {
  if (inputs.some(({ dtype }) => types[dtype] === undefined)) return ['console.log(session.inputNames);'];
  return [
    '',
    '// Zeros of the right shapes. Put yours here.',
    'const results = await session.run({',
    ...inputs.map((input) => {
      const shape = sized(input);
      const length = shape.reduce((product, extent) => product * extent, 1);
      return `  ${literal(input.name)}: new ort.Tensor('${input.dtype}', new ${types[input.dtype]?.array ?? ''}(${length}), ${JSON.stringify(shape)}),`;
    }),
    '});',
    'for (const [name, { dims }] of Object.entries(results)) console.log(name, dims);',
  ];
}
