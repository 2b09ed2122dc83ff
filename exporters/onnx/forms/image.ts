/** Convolutions, pools and batch norm. Pads are explicit: `auto_pad` is never written. */
import type {
  AveragePoolAttributes,
  ConvAttributes,
  PoolAttributes,
  StandardOp,
} from '../../../src/graph/attributes.ts';
import type { OnnxAttribute } from '../../../proto/onnx.ts';
import { bare, float, int, ints } from './form.ts';
import type { Form, WriteContext } from './form.ts';

export const image = {
  Conv: {
    write: (attributes, context) => ({ attributes: writeConv(attributes, context) }),
  },
  ConvTranspose: {
    write: (attributes, context) => ({
      attributes: [...writeConv(attributes, context), ints('output_padding', attributes.output_padding)],
    }),
  },
  MaxPool: {
    write: (attributes) => ({ attributes: writePool(attributes) }),
  },
  AveragePool: {
    write: (attributes: AveragePoolAttributes) => ({
      attributes: [int('count_include_pad', attributes.count_include_pad), ...writePool(attributes)],
    }),
  },
  GlobalAveragePool: bare<'GlobalAveragePool'>(),
  BatchNormalization: {
    write: ({ epsilon }) => ({ attributes: [float('epsilon', epsilon)] }),
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
