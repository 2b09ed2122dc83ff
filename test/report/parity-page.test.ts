/** The page of a comparison: everything that is found out is on it, and nothing that a file says is markup. */
import { describe, expect, it } from 'vitest';

import type { OnnxModel } from '../../proto/onnx.ts';
import { compareSubject, otherFile } from '../../src/parity/parity.ts';
import { parityHtml } from '../../src/report/parity-page.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { network, subject, withTensor, written } from '../parity/models.ts';

const { model } = network(8);
const order = { model: 'm', data: null, seeds: [1], batches: [1], layers: true } as const;
const signal = new AbortController().signal;

function text(page: string): string {
  return page
    .replaceAll(/<style>.*?<\/style>/gs, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
}

describe('the page of runtimes', () => {
  it('has each runtime, its figures, the gate that explains itself, and every value in between', async () => {
    const report = await compareSubject(await subject(model), { ...order, climb: 2 }, silentReporter, signal);
    const page = parityHtml(report);
    const said = text(page);
    for (const { name } of report.pairs) expect(said).toContain(name);
    expect(said).toContain(report.gate);
    expect(said).toContain('A search for the worst input');
    expect(said).toContain('How large the differences are');
    for (const { value } of report.layers?.[0]?.layers ?? []) expect(said).toContain(value);
    // Each row of the histogram is all of the elements.
    const [row = ''] = /<tbody>(?:(?!<tbody>)[\s\S])*?style="--w[\s\S]*?<\/tr>/.exec(page) ?? [];
    const counts = [...row.matchAll(/title="([\d,]+) elements"/g)].map(([, count]) =>
      Number(count?.replaceAll(',', '')),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(report.pairs[0]?.elements);
  });

  it('needs nothing from elsewhere, is dark for who prefers that, and takes no markup from a file', async () => {
    const name = '<script>alert(1)</script>';
    const nodes = model.graph.nodes.map((node, i) => (i === 0 ? { ...node, name } : node));
    const hostile: OnnxModel = { ...model, graph: { ...model.graph, nodes } };
    const report = await compareSubject(
      await subject(hostile),
      { ...order, climb: 0 },
      silentReporter,
      signal,
    );
    const page = parityHtml(report);
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toMatch(/(src|href)=/);
    expect(page).toContain('prefers-color-scheme: dark');
    expect(page).toContain("default-src 'none'");
  });
});

it('the page of two files says what is compared with what, and what failed', async () => {
  const given = await subject(model);
  const wrong = withTensor(model, 'classifier.weight', (values) => values.map((value) => 1.1 * value));
  const both = { ...given, other: await otherFile(given.file, await written(wrong)) };
  const report = await compareSubject(both, { ...order, climb: 0 }, silentReporter, signal);
  const said = text(parityHtml(report));
  expect(said).toContain('What is compared with what');
  expect(said).toContain('✗ off by');
  expect(said).toContain('✗ too far');
});
