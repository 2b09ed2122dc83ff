/** Convolutions, pools and batch norm. Pads are explicit, both ways: `auto_pad` is never written and not read. */
import type {
  AveragePoolAttributes,
  ConvAttributes,
  PoolAttributes,
  StandardOp,
} from '../../../src/graph/attributes.ts';
import type { OnnxAttribute } from '../../../proto/onnx.ts';
import { needed, pair, Unreadable } from '../node-reader.ts';
import type { NodeReader } from '../node-reader.ts';
import { bare, float, int, ints } from './form.ts';
import type { Form, WriteContext } from './form.ts';

export const image = {
  Conv: {
    tensors: 3,
    write: (attributes, context) => ({ attributes: writeConv(attributes, context) }),
    read: readConv,
  },
  ConvTranspose: {
    tensors: 3,
    write: (attributes, context) => ({
      attributes: [...writeConv(attributes, context), ints('output_padding', attributes.output_padding)],
    }),
    read: (node) => {
      if (node.ints('output_shape') !== undefined) {
        throw new Unreadable('names its output_shape; only pads and output_padding are supported');
      }
      return {
        ...readConv(node),
        output_padding: pair(node.ints('output_padding') ?? [0, 0], 'output_padding'),
      };
    },
  },
  MaxPool: {
    tensors: 1,
    write: (attributes) => ({ attributes: writePool(attributes) }),
    read: (node) => {
      node.only('storage_order', 0);
      return readPool(node);
    },
  },
  AveragePool: {
    tensors: 1,
    write: (attributes: AveragePoolAttributes) => ({
      attributes: [int('count_include_pad', attributes.count_include_pad), ...writePool(attributes)],
    }),
    read: (node) => ({ ...readPool(node), count_include_pad: node.flag('count_include_pad', 0) }),
  },
  GlobalAveragePool: bare<'GlobalAveragePool'>(1),
  BatchNormalization: {
    tensors: 5,
    write: ({ epsilon }) => ({ attributes: [float('epsilon', epsilon)] }),
    read: (node) => {
      node.ignore('momentum'); // Of use in training only.
      node.only('training_mode', 0);
      return { epsilon: node.float('epsilon', 1e-5) };
    },
  },
} satisfies { [K in StandardOp]?: Form<K> };

function writeConv(attributes: ConvAttributes, { inputs }: WriteContext): OnnxAttribute[] {
  const { dilations, group, pads, strides } = attributes;
  const kernel = (inputs[1]?.shape ?? []).slice(2).map(Number);
  return [
    ints('dilations', dilations),
    int('group', group),
    ints('kernel_shape', kernel),
    ints('pads', pads),
    ints('strides', strides),
  ];
}

function writePool({ kernel_shape, pads, strides }: PoolAttributes): OnnxAttribute[] {
  return [
    int('ceil_mode', 0),
    ints('kernel_shape', kernel_shape),
    ints('pads', pads),
    ints('strides', strides),
  ];
}

function readConv(node: NodeReader): ConvAttributes {
  const kernel = node.ints('kernel_shape');
  const filter = (node.types[1]?.shape ?? []).slice(2);
  if (kernel !== undefined && kernel.join() !== filter.join()) {
    throw new Unreadable(`has kernel_shape [${kernel.join(', ')}] and a filter of [${filter.join(', ')}]`);
  }
  return {
    ...readWindow(node),
    dilations: pair(node.ints('dilations') ?? [1, 1], 'dilations'),
    group: node.int('group', 1),
  };
}

function readPool(node: NodeReader): PoolAttributes {
  node.only('ceil_mode', 0);
  const dilations = pair(node.ints('dilations') ?? [1, 1], 'dilations');
  if (dilations[0] !== 1 || dilations[1] !== 1) throw new Unreadable('is a pool with dilations');
  const kernel_shape = pair(needed(node.ints('kernel_shape'), 'kernel_shape'), 'kernel_shape');
  return { kernel_shape, ...readWindow(node) };
}

function readWindow(node: NodeReader): Pick<ConvAttributes, 'strides' | 'pads'> {
  const auto = node.string('auto_pad', 'NOTSET');
  if (auto !== 'NOTSET' && auto !== 'VALID') {
    throw new Unreadable(`has auto_pad=${auto}; export the model with explicit pads`);
  }
  const pads = node.ints('pads');
  const [top = 0, left = 0, bottom = 0, right = 0] = pads ?? [];
  if (pads !== undefined && pads.length !== 4) {
    throw new Unreadable(`has pads [${pads.join(', ')}]; only images, with 4, are supported`);
  }
  return { strides: pair(node.ints('strides') ?? [1, 1], 'strides'), pads: [top, left, bottom, right] };
}
