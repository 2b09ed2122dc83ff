/**
 * The body of a Loop of which only a run can tell how often it goes round: one round is read, so that what the file says of it
 * is held to what its nodes make, and nothing of that is kept.
 */
import type { OnnxGraph, OnnxNode } from '../../../proto/onnx.ts';
import { NascentError } from '../../../src/errors.ts';
import { Meetings } from '../meetings.ts';
import { Meeting } from '../node-errors.ts';
import { Unread, Unreadable } from '../node-reader.ts';
import { Problems } from '../problems.ts';
import type { Scope } from '../scope.ts';
import type { File } from '../surroundings.ts';
import { agrees } from '../told-types.ts';

/** Extents of a body that are found to be one are so from the next time on. */
const mostTimes = 8;

/** Whether it was read. What is only missing here is told of the node that holds it. */
export function tryBody(
  { opType, domain, attributes }: OnnxNode,
  file: File,
  read: (body: OnnxGraph, file: File) => void,
): boolean {
  const body = attributes.find(({ name }) => name === 'body');
  if (opType !== 'Loop' || domain !== '' || body?.kind !== 'graph' || !file.checks || !file.judged)
    return false;
  const meetings = new Meetings({});
  // One in another is read once each time, or there would be no end of it; what is thrown away is not counted.
  const times = file.isTrial === true ? 1 : mostTimes;
  const inPlace = file.isTrial === true ? file.inPlace : { ...file.inPlace };
  for (let time = 0; time < times; time++) {
    const problems = new Problems();
    const before = meetings.count;
    try {
      read(body.value, { ...file, problems, meetings, inPlace, isTrial: true });
    } catch (error) {
      if (error instanceof Meeting && meetings.count > before) continue;
      const isKnown = error instanceof NascentError || error instanceof Unreadable || error instanceof Unread;
      if (!isKnown) throw error;
    }
    for (const { code, text } of problems.list()) if (code === 'type') file.problems.add(text, 'type');
    return true;
  }
  return false;
}

/** Whether a graph that is read in place is given such as it says; runtimes compute with what they are given. */
export function takesWhatItSays({ inputs }: OnnxGraph, scope: Scope): boolean {
  return inputs.every(({ name, type }) => {
    const entry = scope.get(name);
    return entry === undefined || type.kind !== 'tensor' || agrees(type, entry.dtype, entry.shape);
  });
}
