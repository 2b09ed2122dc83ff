/** What `nascent data info` says of a text. */

import type { PartInfo, TextInfo } from '../../data/text/describe.ts';
import { splits, splitTitles } from '../../data/text/releases.ts';
import { columns } from '../../tui/columns.ts';
import { formatInteger, formatShare } from './format.ts';
import { shownToken } from './token.ts';

export function renderTextInfo({ level, parts, vocabulary, limited, common, notes }: TextInfo): string {
  const all = splits.reduce((sum, split) => sum + parts[split].tokens, 0);
  const rare =
    limited === null || limited.words === 0 ? '' : `, ${formatInteger(limited.words)} others are <unk>`;
  return [
    `${formatInteger(all)} tokens, a ${level} each or the end of a line; a vocabulary of ${formatInteger(vocabulary.size)} ${level}s${rare}`,
    '',
    columns([
      ['Text', 'Tokens', 'Lines', 'Different', 'Not in training', '<unk>'],
      ...splits.map((split) => [splitTitles[split], ...partRow(parts[split])]),
    ]),
    '',
    `most often: ${common.map(({ token, count }) => `${shownToken(token, level)} ${formatInteger(count)}`).join(', ')}`,
    ...(notes.length === 0 ? [] : ['']),
    ...notes.map((note) => `· ${note}`),
  ].join('\n');
}

function partRow({ tokens, lines, different, unseen, unknown }: PartInfo): readonly string[] {
  return [
    formatInteger(tokens),
    formatInteger(lines),
    formatInteger(different),
    unseen === null ? '' : formatInteger(unseen),
    unknown === 0 ? '0' : `${formatInteger(unknown)}, ${formatShare(unknown / tokens)}`,
  ];
}
