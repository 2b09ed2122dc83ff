/** What can be searched, and which cells are there by name. */
import { cnnPrimitives, dartsPrimitives } from '../../src/space/images/primitives.ts';
import { publishedNames } from '../../src/space/images/published.ts';
import { rnnPrimitives } from '../../src/space/text/primitives.ts';
import { publishedRnnNames } from '../../src/space/text/published.ts';
import { code, table } from './table.ts';

export function spaceFeatures(): string[] {
  const list = (names: readonly string[]) => names.map(code).join(' ');
  const searched: readonly string[] = dartsPrimitives;
  return [
    '## Search spaces',
    table(
      ['', 'images: convolutional cells', 'text: recurrent cells'],
      ['searched', list(dartsPrimitives), list(rnnPrimitives)],
      ['in given genotypes, too', list(cnnPrimitives.filter((name) => !searched.includes(name))), '—'],
      ['published cells', list(publishedNames), list(publishedRnnNames)],
    ),
  ];
}
