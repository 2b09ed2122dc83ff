/** What was found out about a model, as text for a terminal. */
import { cleanName } from '../tui/clean.ts';
import { table } from '../tui/table.ts';
import { counted } from './counted.ts';
import type { ModelCheck } from './check-model.ts';

export function renderModelCheck(check: ModelCheck): string {
  const opsets = check.opsets.map(
    ({ domain, version }) => `${domain === '' ? '' : `${cleanName(domain)} `}${version}`,
  );
  const ops = Object.entries(check.ops).map(([op, count]) => `${count} ${cleanName(op)}`);
  const head = table([
    ['model', check.path ?? 'bytes'],
    ['format', `IR ${check.irVersion}, opset ${opsets.join(', ')}`],
    ['made by', check.producer === '' ? 'not said' : cleanName(check.producer)],
    ...check.inputs.map(({ name, type }): [string, string] => ['input', cleanName(`${name} ${type}`)]),
    ...check.outputs.map(({ name, type }): [string, string] => ['output', cleanName(`${name} ${type}`)]),
    ['parameters', check.parameters.toLocaleString('en')],
    ['nodes', `${check.nodes}: ${ops.slice(0, 12).join(', ')}${ops.length > 12 ? ', …' : ''}`],
    [
      'types',
      check.values === null
        ? 'not inferred'
        : `inferred of ${check.values.length.toLocaleString('en')} values`,
    ],
  ]);
  const faults = counted(check.faults);
  return [
    head,
    ...section('fault', check.faults),
    ...section('warning', check.warnings),
    ...section('note', check.notes),
    '',
    check.sound
      ? `No fault was found${check.values === null ? ', as far as it could be judged' : ''}.`
      : `${faults === 1 ? 'A fault was' : `${faults.toLocaleString('en')} faults were`} found.`,
  ].join('\n');
}

function section(what: string, sentences: readonly string[]): readonly string[] {
  if (sentences.length === 0) return [];
  const count = counted(sentences);
  const title = count === 1 ? `a ${what}:` : `${count.toLocaleString('en')} ${what}s:`;
  return ['', title, ...sentences.map((sentence) => `  - ${sentence.replaceAll('\n', '\n    ')}`)];
}
