/** Of which numbers a condition says yes: what chooses by it takes others than it would without. */
import { numberOf } from './facts.ts';
import {
  common,
  everything,
  interval,
  mapped,
  negated,
  united,
  without,
  type Intervals,
} from './intervals.ts';
import type { Place } from './scope.ts';

/** A value as a shift of another, turned around or not. */
export interface Shifted {
  readonly root: Place;
  readonly sign: 1 | -1;
  readonly offset: number;
}

const passing = new Set('Identity Cast Reshape Unsqueeze Squeeze Flatten Transpose Expand'.split(' '));
/** What is made of more nodes than that, one after another, is not followed. */
const deepest = 64;

export function shifted(place: Place): Shifted {
  let [root, sign, offset]: [Place, 1 | -1, number] = [place, 1, 0];
  for (let i = 0; i < deepest; i++) {
    const { scope, name } = root;
    const maker = scope.maker(name);
    if (maker === undefined || maker.domain !== '') break;
    const [first, second] = [scope.find(maker.inputs[0] ?? ''), scope.find(maker.inputs[1] ?? '')];
    if (passing.has(maker.opType)) root = first;
    else if (maker.opType === 'Neg') [root, sign] = [first, sign === 1 ? -1 : 1];
    else if (maker.opType === 'Add' || maker.opType === 'Sub') {
      const [left, right] = [numberOf(first), numberOf(second)];
      const isAdd = maker.opType === 'Add';
      if (right !== undefined) {
        root = first;
        offset += sign * (isAdd ? right : -right);
      } else if (left !== undefined) {
        root = second;
        offset += sign * left;
        if (!isAdd) sign = sign === 1 ? -1 : 1;
      } else break;
    } else break;
  }
  return { root, sign, offset };
}

/** Of numbers of what is shifted, those of its root that become them. */
export function unshifted(numbers: Intervals, { sign, offset }: Shifted): Intervals {
  const back = mapped(numbers, (least, most) => [least - offset, most - offset]);
  return sign === 1 ? back : negated(back);
}

interface Guard {
  readonly root: Place;
  /** Of which numbers of it the condition is true. */
  readonly yes: Intervals;
}

export function guardOf(condition: Place, depth = 0): Guard | undefined {
  const { scope, name } = condition;
  const maker = scope.maker(name);
  if (maker === undefined || maker.domain !== '' || depth > deepest) return undefined;
  const { opType } = maker;
  const places = maker.inputs.map((input) => scope.find(input));
  const [first, second] = places;
  if (first === undefined) return undefined;
  if (passing.has(opType)) return guardOf(first, depth + 1);
  if (opType === 'Not') {
    const guard = guardOf(first, depth + 1);
    return guard && { ...guard, yes: without(guard.yes) };
  }
  if (second === undefined) return undefined;
  if (opType === 'And' || opType === 'Or') {
    const [a, b] = [guardOf(first, depth + 1), guardOf(second, depth + 1)];
    if (a === undefined || b === undefined || !isSame(a.root, b.root)) return undefined;
    return { root: a.root, yes: (opType === 'And' ? common : united)(a.yes, b.yes) };
  }
  const [left, right] = [numberOf(first), numberOf(second)];
  if (right !== undefined) return compared(opType, first, right);
  if (left !== undefined) return compared(turned[opType] ?? '', second, left);
  return undefined;
}

/** The comparison the other way around. */
const turned: Readonly<Record<string, string>> = {
  Equal: 'Equal',
  Less: 'Greater',
  LessOrEqual: 'GreaterOrEqual',
  Greater: 'Less',
  GreaterOrEqual: 'LessOrEqual',
};

function compared(op: string, place: Place, number: number): Guard | undefined {
  const of = shifted(place);
  const guard = (yes: Intervals): Guard => ({ root: of.root, yes: unshifted(yes, of) });
  switch (op) {
    case 'Equal':
      return guard(interval(number, number));
    case 'Less':
      return guard(interval(-Infinity, Math.ceil(number) - 1));
    case 'LessOrEqual':
      return guard(interval(-Infinity, number));
    case 'Greater':
      return guard(interval(Math.floor(number) + 1, Infinity));
    case 'GreaterOrEqual':
      return guard(interval(number, Infinity));
    default:
      return undefined;
  }
}

export function isSame(a: Place, b: Place): boolean {
  return a.scope === b.scope && a.name === b.name;
}

/** What one of two that a condition chooses between may be where it is chosen, and anything where it is not. */
export function whereChosen(taken: Intervals, chosen: Intervals): Intervals {
  return taken === everything ? everything : united(taken, without(chosen));
}
