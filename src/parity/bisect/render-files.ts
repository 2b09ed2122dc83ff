/** The first place where two files part, in sentences, each after a label. */
import { cosineText, decibelsText, small, unmatchedText, usedText } from '../render-layers.ts';
import type { FilesBisectReport, FilesPlace, NamedNode } from './bisect-files.ts';

export function filesBisectLines({
  name,
  input,
  corresponding,
  place,
  noisiest,
  error,
}: FilesBisectReport): readonly (readonly [label: string, text: string])[] {
  if (error !== undefined) return [['parts', `${name}, on ${input}: ${error}`]];
  const found = Object.entries(corresponding).filter(([, count]) => count > 0);
  const known = `values correspond: ${found.map(([by, count]) => `${count} by ${by}`).join(', ')}`;
  const noise =
    noisiest === null
      ? []
      : [
          [
            'noise',
            `comes in most at ${noisiest.op} "${noisiest.node}": the signal falls from ${decibelsText(noisiest.before)} to ${decibelsText(noisiest.after)} above it`,
          ] as const,
        ];
  if (place === null) {
    return [['parts', `nowhere that is seen, in ${name} on ${input}; ${known}`], ...noise];
  }
  return [
    [
      'parts',
      `first ${isExact(place) ? 'at' : 'seen at'} ${shown(place)}, which is ${shown(place.other)} in the other file, in ${name} on ${input}`,
    ],
    ['', `${valuesText(place)}: ${figures(place)}`],
    ['', `first file: ${spanText(place.between.first, place)}`],
    ['', `other file: ${spanText(place.between.other, place)}`],
    ...place.differences.map((difference) => ['', difference] as const),
    ['', known],
    ...noise,
  ];
}

/** Whether there is no other node that it may be. */
function isExact({ between: { first, other } }: FilesPlace): boolean {
  return first.length <= 1 && other.length <= 1;
}

function shown({ op, node }: NamedNode): string {
  return `${op} "${node}"`;
}

function valuesText({ value, other, by }: FilesPlace): string {
  const reasons = {
    name: 'its name',
    value: 'what it is',
    shape: 'its op and shape',
  } as const;
  return value === other.value
    ? `value "${value}"`
    : `value "${value}", there "${other.value}" by ${reasons[by]}`;
}

function figures({
  notFinite,
  largestAbsolute,
  largestRelative,
  cosine,
  signalToNoise,
  used,
}: FilesPlace): string {
  if (notFinite > 0) return `${notFinite} elements are NaN or infinite on one side only`;
  return `off by ${small(largestAbsolute)} (${usedText(used)} of what is allowed), ${small(largestRelative)} of the value; cosine ${cosineText(cosine)}, SNR ${decibelsText(signalToNoise)}`;
}

function spanText(nodes: readonly NamedNode[], { inputs }: FilesPlace): string {
  const made = unmatchedText(nodes.map(({ node, op }) => ({ node, op, value: node })));
  const from = inputs.map(({ value, used }) => `"${value}" (${usedText(used)})`);
  return `${made} of ${from.length === 0 ? 'inputs and constants' : `what both have: ${from.join(', ')}`}`;
}
