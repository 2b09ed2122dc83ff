import { expect, it } from 'vitest';

import { apiPage } from '../../docs/make/api.ts';
import * as nascent from '../../src/index.ts';

it(
  'npm run docs: the page has every export, with its comment and its type',
  { timeout: 300_000 },
  async () => {
    const page = await apiPage();
    const headings = [...page.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
    expect(headings).toEqual(expect.arrayContaining(Object.keys(nascent)));
    expect(new Set(headings).size).toBe(headings.length);

    const entry = /^### grad$([^]*?)^### /m.exec(page)?.[1];
    expect(entry).toContain('Gradients of a scalar with respect to values');
    expect(entry).toContain('function grad(b: GraphBuilder, loss: Value, wrt: readonly Value[]): Value[];');
    expect(entry).toContain('](../src/autodiff/grad.ts)');
  },
);
