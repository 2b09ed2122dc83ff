import { runInNewContext } from 'node:vm';

import { expect, test } from 'vitest';

import { momentsOf, mostMoments, thinnedEvenly } from '../../src/report/moments.ts';
import { cellFigure, momentsPanel, momentsScript } from '../../src/report/moments-panel.ts';
import { derive } from '../../src/space/images/derive.ts';
import { deriveRnn } from '../../src/space/text/derive.ts';

const primitives = ['none', 'skip_connect', 'sep_conv_3x3'] as const;
const row = (best: number) => primitives.map((_, k) => (k === best ? 1 : 0));
/** Two nodes, five edges. */
const alphasOf = (...best: readonly number[]) => best.map(row);

function record(epoch: number, ...best: readonly number[]) {
  const alphas = alphasOf(...best);
  const genotype = derive({ normal: alphas, reduce: alphas }, { nodes: 2, primitives });
  return { epoch, normal: alphas, reduce: alphas, genotype };
}

test('what the cells take is marked in the weights they were derived from', () => {
  const [moment] = momentsOf([record(0, 2, 1, 2, 1, 0)], primitives);
  const [normal] = moment?.cells ?? [];
  // Node 0 takes both of its edges, node 1 the two in which `none` is not the strongest.
  expect(normal?.kept.toSorted((a, b) => a - b)).toEqual([2, 4, 8, 10]);
  expect(normal?.weights.map((weights) => weights.reduce((a, b) => a + b, 0))).toEqual(
    [1, 1, 1, 1, 1].map((one) => expect.closeTo(one, 12)),
  );
});

test('alphas that are NaN or infinite, or of other operations, are not shown as weights', () => {
  const odd = { epoch: 0, normal: [[0, null, 0]], reduce: [[0, 0]], genotype: { normal: 1 } };
  const [moment] = momentsOf([odd], primitives);
  expect(moment?.genotype).toBeUndefined();
  expect(moment?.cells).toEqual([{ name: 'normal', weights: [[NaN, NaN, NaN]], kept: [] }]);
  expect(
    momentsPanel(
      [moment].filter((each) => each !== undefined),
      primitives,
    ),
  ).toContain('>–</td>');
});

test('a long search is thinned evenly, with its first and its last epoch', () => {
  const many = Array.from({ length: 1000 }, (_, i) => i);
  const kept = thinnedEvenly(many, mostMoments);
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([mostMoments, 0, 999]);
  expect(new Set(kept).size).toBe(mostMoments);
  expect(thinnedEvenly([1, 2], mostMoments)).toEqual([1, 2]);
});

/** As much of a page as the script touches. */
function pageOf(panel: string) {
  const data = /id="moments">([^]*?)<\/script>/.exec(panel)?.[1] ?? '';
  const boxes = [...panel.matchAll(/data-cell="(\w+)"([^]*?)<\/table>/g)].map(([, cell, table = '']) => ({
    dataset: { cell },
    boxes: [...table.matchAll(/<td/g)].map(() => ({
      textContent: '',
      className: '',
      style: { setProperty() {} },
    })),
  }));
  const drawings = [...panel.matchAll(/data-drawing="(\d+)"( hidden)?/g)].map(([, drawing, hidden]) => ({
    dataset: { drawing },
    hidden: hidden !== undefined,
  }));
  const slider = {
    value: '',
    hidden: true,
    move: () => {},
    addEventListener(_: string, move: () => void) {
      this.move = move;
    },
  };
  const label = { textContent: '' };
  const elements: Readonly<Record<string, unknown>> = {
    moments: { textContent: data },
    moment: slider,
    'moment-label': label,
  };
  const document = {
    getElementById: (id: string) => elements[id],
    querySelectorAll: (what: string) =>
      what === '[data-drawing]'
        ? drawings
        : boxes.map((table) => ({ ...table, querySelectorAll: () => table.boxes })),
  };
  return { document, slider, label, drawings, boxes };
}

test('the slider shows the cells and the weights of its epoch, and an address brings it back', () => {
  const panel = momentsPanel(
    momentsOf([record(-1, 1, 1, 1, 1, 1), record(0, 2, 2, 2, 2, 2)], primitives),
    primitives,
  );
  const page = pageOf(panel);
  expect(page.drawings.map(({ hidden }) => hidden)).toEqual([true, false]);
  const addresses: string[] = [];
  const history = { replaceState: (_: unknown, __: unknown, address: string) => addresses.push(address) };
  runInNewContext(momentsScript, { document: page.document, location: { hash: '' }, history });
  expect(page.slider.hidden).toBe(false);

  page.slider.value = '0';
  page.slider.move();
  expect(page.label.textContent).toBe('before the first epoch');
  expect(page.drawings.map(({ hidden }) => hidden)).toEqual([false, true]);
  // exp(1) of exp(1) + 2.
  expect(page.boxes[0]?.boxes.slice(0, 3).map(({ textContent }) => textContent)).toEqual(['21', '58', '21']);
  expect(page.boxes[0]?.boxes[1]?.className).toBe('kept');

  const again = pageOf(panel);
  runInNewContext(momentsScript, { document: again.document, location: { hash: addresses[0] }, history });
  expect(again.label.textContent).toBe('before the first epoch');
});

test('a recurrent cell of many edges lies on its side, its marks with it', () => {
  const ops = ['none', 'tanh', 'relu', 'sigmoid', 'identity'] as const;
  const alphas = Array.from({ length: 36 }, (_, edge) =>
    ops.map((__, k) => (k === 1 + (edge % 4) ? 1 + edge / 100 : 0)),
  );
  const genotype = deriveRnn(alphas, { nodes: 8, primitives: ops });
  const moments = momentsOf([{ epoch: 0, recurrent: alphas, genotype }], ops);
  const panel = momentsPanel(moments, ops);
  const lines = panel.split('\n').filter((line) => line.startsWith('<tr><th scope="row">'));
  expect(lines).toHaveLength(ops.length);
  const kept = lines.flatMap((line, k) =>
    line
      .split('<td')
      .slice(1)
      .flatMap((box, edge) => (box.startsWith(' class="kept"') ? [[edge, k] as const] : [])),
  );
  expect(kept).toHaveLength(8);
  for (const [edge, k] of kept) expect(k).toBe(1 + (edge % 4));
});

test('cells that are too large to draw are their notation', () => {
  const nodes = Array.from({ length: 300 }, () => ({ op: 'tanh', source: 0 }) as const);
  const figure = cellFigure({ kind: 'recurrent', genotype: { nodes, concat: [300] } });
  expect(figure).toMatch(/^<p class="quiet">Not drawn: [^<]*too large[^<]*<\/p>\n<pre>Genotype\(recurrent=/);
});
