/** The few HTML elements that a page is made of. Whatever comes from a file is text in them, never markup. */
import { escapeXml } from '../draw/svg-text.ts';

export type Row = readonly [name: string, value: string];

/** Text in an element, or in an attribute between double quotes. */
export const escapeHtml = escapeXml;

export function section(title: string, content: string): string {
  return `<section>\n<h2>${escapeHtml(title)}</h2>\n${content}\n</section>`;
}

/** Names and values. */
export function rows(list: readonly Row[]): string {
  const lines = list.map(
    ([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<table class="facts">\n${lines.join('\n')}\n</table>`;
}

/** A table that may be wider than the page: it scrolls, and the page does not. */
export function wide(table: string): string {
  return `<div class="wide" tabindex="0">\n${table}\n</div>`;
}

/** Charts and other panels, all as wide as each other. */
export function grid(items: readonly string[]): string {
  const cells = items.map((item) => `<div class="tile">\n${item}</div>`);
  return `<div class="grid">\n${cells.join('\n')}\n</div>`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

export function integer(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}
