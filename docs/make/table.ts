/** Markdown, from rows. */
import { format, resolveConfig } from 'prettier';

/** A table: the first row is its head. */
export function table(...rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}

export function code(name: string): string {
  return `\`${name}\``;
}

/** As `npm run format` would leave it, so that a page that was just made passes the check of the format. */
export async function formatted(paragraphs: readonly string[], path: string): Promise<string> {
  return format(`${paragraphs.join('\n\n')}\n`, { ...(await resolveConfig(path)), parser: 'markdown' });
}
