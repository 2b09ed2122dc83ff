/** A form as lines: its fields, what is to know of the one under the cursor, what came of it, and its command. */

import { formatDuration } from '../../../run/duration.ts';
import { marks } from '../../glyphs.ts';
import { span } from '../../theme.ts';
import type { Talk } from '../../theme.ts';
import { cleanLine } from '../../clean.ts';
import { fitting, padded, widthOf } from '../../width.ts';
import type { Frame } from '../frame.ts';
import { checkedNow, fieldsOf, isField, matching, shownCommand, stops, underCursor } from './state.ts';
import type { FormState } from './state.ts';
import type { Action, Field, Found } from './field.ts';

/** As many lines as the frame has rows. */
export function formLines(state: FormState, frame: Frame): readonly Talk[] {
  const { columns, rows } = frame;
  const command = commandLines(state, columns, Math.max(1, Math.min(4, Math.floor(rows / 4))));
  const room = rows - 1 - command.length;
  const isBeside = columns >= besideFrom;
  const besideWidth = Math.floor(columns * 0.4);
  const lines = isBeside
    ? beside(
        listLines(state, columns - besideWidth - 2, room),
        aboutLines(state, besideWidth, room, true),
        { left: columns - besideWidth - 2, frame },
        room,
      )
    : below(state, columns, room);
  return [headline(state, frame), ...lines, ...command];
}

const besideFrom = 110;

function below(state: FormState, columns: number, room: number): readonly Talk[] {
  // The list comes first; what is to know of a field takes a line, or more where there are.
  const about = aboutLines(state, columns, Math.max(1, Math.floor(room * 0.45)), false);
  return [...listLines(state, columns, room - about.length), ...about];
}

function beside(
  left: readonly Talk[],
  right: readonly Talk[],
  { left: width, frame }: { readonly left: number; readonly frame: Frame },
  room: number,
): readonly Talk[] {
  return Array.from({ length: room }, (_, row) => {
    const [one = '', other = ''] = [left[row], right[row]];
    return [padded(fitting(one, width, frame.look), width), '  ', other];
  });
}

function headline(state: FormState, { now }: Frame): Talk {
  const { plan, answers, finding, busy } = state;
  const fields = fieldsOf(state);
  const wrong = fields.filter((field) => wrongOf(state, field) !== undefined).length;
  const { note } = checkedNow(state) ?? {};
  const changed = fields.filter((field) => field.differs).length;
  const goesOn = plan.actions.flatMap(({ key, meanwhile }): readonly Talk[] => {
    const { since, said } = busy[key] ?? {};
    if (since === undefined) return [];
    return [
      '  ',
      span('current', `${marks.current} ${said ?? meanwhile} ${formatDuration(Math.max(0, now - since))}`),
    ];
  });
  const title = span('title', plan.title(answers));
  if (finding !== undefined) {
    const isLost = finding.text.trim() !== '' && matching(state, finding.text).length === 0;
    return [
      title,
      '  find: ',
      span('current', `${finding.text}${caretSign}`),
      ...(isLost ? [span('warning', '  no field has it')] : []),
    ];
  }
  return [
    title,
    ...goesOn,
    ...(note === undefined ? [] : [span('quiet', `  ${note}`)]),
    ...(changed === 0 ? [] : ['  ', span('warning', '*'), span('quiet', ` ${changed} changed`)]),
    ...(wrong === 0
      ? []
      : ['  ', span('failed', `${marks.failed} ${wrong} ${wrong === 1 ? 'is' : 'are'} wrong`)]),
  ];
}

const caretSign = '▏';

interface Row {
  readonly line: Talk;
  /** The stop that it belongs to. */
  readonly key: string | undefined;
}

/** The rows around the cursor, as many as there is room for. */
function listLines(state: FormState, width: number, room: number): readonly Talk[] {
  const rows = listRows(state, width);
  const cursor = underCursor(state)?.key;
  const first = rows.findIndex(({ key }) => key === cursor);
  const last = rows.findLastIndex(({ key }) => key === cursor);
  const middle = Math.floor((first + last) / 2);
  const most = Math.max(0, rows.length - room);
  const top = Math.max(0, Math.min(most, middle - Math.floor(room / 2)));
  const shown = rows.slice(top, top + room).map(({ line }) => line);
  return [...shown, ...Array.from({ length: Math.max(0, room - shown.length) }, () => '')];
}

function listRows(state: FormState, width: number): readonly Row[] {
  const all = stops(state);
  const widest = Math.min(22, Math.max(...all.map(({ label }) => widthOf(label))));
  let group: string | undefined = all.find(isField)?.group;
  return all.flatMap((stop): readonly Row[] => {
    if (!isField(stop)) return [{ key: stop.key, line: actionLine(state, stop) }];
    const heading = stop.group === group ? [] : [{ key: undefined, line: span('quiet', `── ${stop.group}`) }];
    group = stop.group;
    const field = { key: stop.key, line: fieldLine(state, stop, widest, width) };
    const why = wrongOf(state, stop);
    const wrong = why === undefined ? [] : wrongLines(why, Math.min(widest, 8), width);
    return [...heading, field, ...wrong.map((line) => ({ key: stop.key, line }))];
  });
}

function pointer(state: FormState, key: string): Talk {
  return underCursor(state)?.key === key ? span('current', '> ') : '  ';
}

function actionLine(state: FormState, action: Action): Talk {
  const { busy, answers } = state;
  const isHere = underCursor(state)?.key === action.key;
  const where = action.runFolder?.(answers);
  const button = `[ ${action.label} ]`;
  return [
    pointer(state, action.key),
    isHere ? span('selected', button) : button,
    busy[action.key] === undefined
      ? span('quiet', `  ${action.letter}${where === undefined ? '' : `  in ${where}`}`)
      : span('current', `  ${marks.current} ${action.meanwhile}`),
  ];
}

function fieldLine(state: FormState, field: Field, widest: number, width: number): Talk {
  const { key, label, differs, text, shown = text, choices, unit } = field;
  const isHere = underCursor(state)?.key === key;
  const begins: Talk = [
    pointer(state, key),
    padded(isHere ? span('strong', label) : label, widest),
    differs ? span('warning', ' * ') : '   ',
  ];
  const room = width - widest - 5;
  if (isHere && state.typing !== undefined)
    return [begins, span('current', typedText(state.typing.text, state.typing.caret, room))];
  const value = choices !== undefined && isHere ? `< ${shown} >` : shown;
  const meaning = wrongOf(state, field) !== undefined ? 'failed' : differs ? 'strong' : undefined;
  const styled = isHere
    ? span('selected', value === '' ? ' ' : value)
    : meaning
      ? span(meaning, value)
      : value;
  const counted = unit === undefined || unit === null || !/^\d/.test(text) ? '' : ` ${unitOf(unit, text)}`;
  return [begins, styled, span('quiet', counted)];
}

/** `epoch` of 1, and otherwise as the table has it: `epochs`. */
function unitOf(unit: string, text: string): string {
  return text.trim() === '1' && /^\w+s$/.test(unit) ? unit.slice(0, -1) : unit;
}

/** A text with its caret, from where both are seen. */
function typedText(text: string, caret: number, room: number): string {
  const characters = Array.from(cleanLine(text));
  const withCaret = [...characters.slice(0, caret), caretSign, ...characters.slice(caret)];
  if (widthOf(withCaret.join('')) <= room) return withCaret.join('');
  // Characters are at most two wide, so these fit however wide they are.
  const fits = Math.max(1, Math.floor(room / 2) - 1);
  const from = Math.max(0, caret - fits);
  return `${from > 0 ? '…' : ''}${withCaret.slice(from).join('')}`;
}

/** What is wrong with a field by itself, or with all of them, if it is the one to say so. */
function wrongOf(state: FormState, { key, wrong }: Field): string | undefined {
  const together = checkedNow(state)?.wrong;
  return wrong ?? (together?.key === key ? together.message : undefined);
}

function wrongLines(why: string, indent: number, width: number): readonly Talk[] {
  return wrapped(`${marks.failed} ${why}`, Math.max(8, width - indent)).map((line) => [
    ' '.repeat(indent),
    span('failed', line),
  ]);
}

/** What is under the cursor, and what came of the last action. */
function aboutLines(state: FormState, width: number, room: number, isBeside: boolean): readonly Talk[] {
  const rule = span('quiet', '─'.repeat(width));
  const stop = underCursor(state);
  const facts = isField(stop) ? stop.facts.filter((fact) => fact !== '').join(' · ') : '';
  const about: readonly Talk[] = [
    ...(isBeside ? [span('strong', stop?.label ?? '')] : []),
    ...wrapped(isField(stop) ? stop.help : sentence(stop?.help ?? ''), width),
    ...wrapped(facts, width).map((line) => span('quiet', line)),
  ];
  const found = foundLines(state, width);
  const lines = [...(isBeside || room < 4 ? [] : [rule]), ...about];
  const separated = found.length === 0 ? lines : [...lines, ...(isBeside ? ['', rule] : []), ...found];
  if (separated.length <= room) return separated;
  // What came of an action is read first where there is no room for both.
  return found.length === 0
    ? separated.slice(0, room)
    : [...lines.slice(0, Math.max(0, room - found.length)), ...found].slice(0, room);
}

/** What an action does is a part of the help of keys, and stands by itself here. */
function sentence(help: string): string {
  return `${help.slice(0, 1).toUpperCase()}${help.slice(1)}.`;
}

/** What came of the last action; or what is wrong, where no field says it. */
function findings(state: FormState): Found | undefined {
  const { command, wrong } = checkedNow(state) ?? {};
  if (command === undefined || wrong === undefined || wrong.key !== undefined) return state.found;
  return { command, bad: true, rows: [['refused', wrong.message]] };
}

function foundLines(state: FormState, width: number): readonly Talk[] {
  const found = findings(state);
  if (found === undefined) return [];
  const isOld = found.command !== shownCommand(state);
  const widest = Math.max(...found.rows.map(([name]) => widthOf(cleanLine(name))), 0);
  const rows = found.rows.flatMap(([name, value]) =>
    value
      .split('\n')
      .flatMap((line) => wrapped(line, Math.max(8, width - widest - 2)))
      .map((line, i): Talk => [
        padded(span(found.bad ? 'failed' : 'current', i === 0 ? cleanLine(name) : ''), widest + 2),
        isOld ? span('quiet', line) : line,
      ]),
  );
  return isOld && !found.bad ? [span('quiet', 'Before the last changes:'), ...rows] : rows;
}

function commandLines(state: FormState, columns: number, most: number): readonly Talk[] {
  const lines = wrapped(`$ ${shownCommand(state)}`, columns);
  const shown = lines.length <= most ? lines : [...lines.slice(0, most - 1), `${lines[most - 1] ?? ''} …`];
  return shown.map((line) => span('current', line));
}

/** Lines of at most so many cells, broken between words, and within a word that is longer than a line. */
export function wrapped(text: string, width: number): readonly string[] {
  if (text === '') return [];
  const lines: string[] = [];
  for (const each of cleanLine(text).split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(each) <= width)
      lines[lines.length - 1] = `${last} ${each}`;
    else lines.push(...pieces(each, width));
  }
  return lines;
}

/** A word in pieces of at most so many cells. */
function pieces(word: string, width: number): readonly string[] {
  const found = [''];
  for (const character of word) {
    const last = found.at(-1) ?? '';
    if (last === '' || widthOf(last + character) <= width) found[found.length - 1] = last + character;
    else found.push(character);
  }
  return found;
}
