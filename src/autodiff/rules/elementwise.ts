/** Rules of elementwise ops. */
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/types.ts';
import { scaled, shapeOf, sizeOfValue, sumTo, type Gradient, type Rule } from '../rule.ts';

/** d(a·b)/da · dy. Where `a` is a single number this is a dot product, which needs no tensor in between. */
function product(b: GraphBuilder, dy: Value, other: Value, target: Value): Value {
  const shape = shapeOf(target);
  if (sizeOfValue(target) === 1 && shapeOf(other).join() === shapeOf(dy).join()) {
    const dot = b.op('Dot', [dy, other]);
    return shape.length === 0 ? dot : b.op('Reshape', [dot], { shape });
  }
  return sumTo(b, b.op('Mul', [dy, other]), shape);
}

/** The gradient goes to the operand that was chosen; to the second where they are equal. */
function choice(
  b: GraphBuilder,
  dy: Value,
  chosen: Value,
  targets: readonly [Value, Value],
): readonly Value[] {
  const zero = b.constant(0);
  return [
    sumTo(b, b.op('Where', [chosen, dy, zero]), shapeOf(targets[0])),
    sumTo(b, b.op('Where', [chosen, zero, dy]), shapeOf(targets[1])),
  ];
}

const none = (): readonly Gradient[] => [];

export const elementwiseRules = {
  Identity: (({ dy }) => [dy]) satisfies Rule<'Identity'>,
  Neg: (({ b, dy }) => [b.op('Neg', [dy])]) satisfies Rule<'Neg'>,
  Abs: (({ b, dy, x }) => [
    b.op('Where', [b.op('Less', [x(0), b.constant(0)]), b.op('Neg', [dy]), dy]),
  ]) satisfies Rule<'Abs'>,
  Exp: (({ b, dy, y }) => [b.op('Mul', [dy, y()])]) satisfies Rule<'Exp'>,
  Log: (({ b, dy, x }) => [b.op('Div', [dy, x(0)])]) satisfies Rule<'Log'>,
  Sqrt: (({ b, dy, y }) => [b.op('Div', [scaled(b, dy, 0.5), y()])]) satisfies Rule<'Sqrt'>,
  Reciprocal: (({ b, dy, y }) => [
    b.op('Neg', [b.op('Mul', [dy, b.op('Mul', [y(), y()])])]),
  ]) satisfies Rule<'Reciprocal'>,
  Relu: (({ b, dy, y }) => [b.op('ReluGrad', [dy, y()])]) satisfies Rule<'Relu'>,
  ReluGrad: (({ b, dy, x }) => [b.op('ReluGrad', [dy, x(1)]), undefined]) satisfies Rule<'ReluGrad'>,
  Sigmoid: (({ b, dy, y }) => [b.op('SigmoidGrad', [dy, y()])]) satisfies Rule<'Sigmoid'>,
  SigmoidGrad: (({ b, dy, x, needs }) => [
    needs(0) ? b.op('SigmoidGrad', [dy, x(1)]) : undefined,
    needs(1)
      ? b.op('Mul', [b.op('Mul', [dy, x(0)]), b.op('Sub', [b.constant(1), scaled(b, x(1), 2)])])
      : undefined,
  ]) satisfies Rule<'SigmoidGrad'>,
  Tanh: (({ b, dy, y }) => [b.op('TanhGrad', [dy, y()])]) satisfies Rule<'Tanh'>,
  TanhGrad: (({ b, dy, x, needs }) => [
    needs(0) ? b.op('TanhGrad', [dy, x(1)]) : undefined,
    needs(1) ? b.op('Mul', [b.op('Mul', [dy, x(0)]), scaled(b, x(1), -2)]) : undefined,
  ]) satisfies Rule<'TanhGrad'>,
  Erf: (({ b, dy, x }) => {
    const bell = b.op('Exp', [b.op('Neg', [b.op('Mul', [x(0), x(0)])])]);
    return [b.op('Mul', [dy, scaled(b, bell, 2 / Math.sqrt(Math.PI))])];
  }) satisfies Rule<'Erf'>,
  Sin: (({ b, dy, x }) => [b.op('Mul', [dy, b.op('Cos', [x(0)])])]) satisfies Rule<'Sin'>,
  Cos: (({ b, dy, x }) => [b.op('Neg', [b.op('Mul', [dy, b.op('Sin', [x(0)])])])]) satisfies Rule<'Cos'>,
  Atan: (({ b, dy, x }) => [
    b.op('Div', [dy, b.op('Add', [b.constant(1), b.op('Mul', [x(0), x(0)])])]),
  ]) satisfies Rule<'Atan'>,
  Pow: (({ b, dy, x, y, needs }) => {
    const slope = () => b.op('Mul', [x(1), b.op('Pow', [x(0), b.op('Sub', [x(1), b.constant(1)])])]);
    return [
      needs(0) ? sumTo(b, b.op('Mul', [dy, slope()]), shapeOf(x(0))) : undefined,
      needs(1)
        ? sumTo(b, b.op('Mul', [dy, b.op('Mul', [y(), b.op('Log', [x(0)])])]), shapeOf(x(1)))
        : undefined,
    ];
  }) satisfies Rule<'Pow'>,
  Cast: (({ dy, x, attributes }) => [
    x(0).type.dtype === 'float32' && attributes.to === 'float32' ? dy : undefined,
  ]) satisfies Rule<'Cast'>,
  Add: (({ b, dy, x }) => [sumTo(b, dy, shapeOf(x(0))), sumTo(b, dy, shapeOf(x(1)))]) satisfies Rule<'Add'>,
  Sub: (({ b, dy, x, needs }) => [
    sumTo(b, dy, shapeOf(x(0))),
    needs(1) ? b.op('Neg', [sumTo(b, dy, shapeOf(x(1)))]) : undefined,
  ]) satisfies Rule<'Sub'>,
  Mul: (({ b, dy, x, needs }) => [
    needs(0) ? product(b, dy, x(1), x(0)) : undefined,
    needs(1) ? product(b, dy, x(0), x(1)) : undefined,
  ]) satisfies Rule<'Mul'>,
  Div: (({ b, dy, x, y, needs }) => {
    const share = b.op('Div', [dy, x(1)]);
    return [
      needs(0) ? sumTo(b, share, shapeOf(x(0))) : undefined,
      needs(1) ? b.op('Neg', [sumTo(b, b.op('Mul', [share, y()]), shapeOf(x(1)))]) : undefined,
    ];
  }) satisfies Rule<'Div'>,
  Min: (({ b, dy, x }) => choice(b, dy, b.op('Less', [x(0), x(1)]), [x(0), x(1)])) satisfies Rule<'Min'>,
  Max: (({ b, dy, x }) => choice(b, dy, b.op('Greater', [x(0), x(1)]), [x(0), x(1)])) satisfies Rule<'Max'>,
  Where: (({ b, dy, x }) => [undefined, ...choice(b, dy, x(0), [x(1), x(2)])]) satisfies Rule<'Where'>,
  Sum: (({ dy, node }) => node.inputs.map(() => dy)) satisfies Rule<'Sum'>,
  Dot: (({ b, dy, x, needs }) => [
    needs(0) ? b.op('Mul', [x(1), dy]) : undefined,
    needs(1) ? b.op('Mul', [x(0), dy]) : undefined,
  ]) satisfies Rule<'Dot'>,
  Floor: none,
  Round: none,
  Greater: none,
  Less: none,
  Equal: none,
} as const;
