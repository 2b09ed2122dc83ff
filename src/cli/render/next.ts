/** Commands that are shown to be typed next. */

import { word } from '../../tui/command-line.ts';

export { commandLine, word } from '../../tui/command-line.ts';

/** ` --data …`, with the folder where the data are not in the cache. */
export function dataFlags({
  data,
  from,
}: {
  readonly data: string;
  readonly from?: string | undefined;
}): string {
  return ` --data ${data}${from === undefined ? '' : ` --from ${word(from)}`}`;
}
