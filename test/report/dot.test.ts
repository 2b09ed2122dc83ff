import { describe, expect, it } from 'vitest';
import { genotypeDot, rnnGenotypeDot } from '../../src/report/dot.ts';
import type { CellGenotype } from '../../src/space/images/genotype.ts';
import { NASNet } from '../../src/space/images/published.ts';

const tiny: CellGenotype = {
  nodes: [[{ op: 'sep_conv_3x3', source: 1 }], [{ op: 'skip_connect', source: 2 }]],
  concat: [3],
};

it('writes a recurrent cell by its states', () => {
  const lines = rnnGenotypeDot({ nodes: [{ op: 'tanh', source: 0 }], concat: [1] }).split('\n');
  expect(lines.filter((line) => line.includes('->'))).toEqual([
    '  x -> state_0 [color="#94a3b8"];',
    '  previous -> state_0 [color="#94a3b8"];',
    '  state_0 -> state_1 [label="tanh", color="#2f6fe4", fontcolor="#2f6fe4"];',
    '  state_1 -> out [color="#94a3b8"];',
  ]);
});

describe('genotypeDot', () => {
  it('writes a cluster for each cell', () => {
    expect(genotypeDot({ normal: tiny, reduce: tiny }, { title: 'a "b" \\ c' })).toMatchInlineSnapshot(`
      "digraph "a \\"b\\" \\\\ c" {
        rankdir=LR; fontname="sans-serif";
        node [fontname="sans-serif", fontsize=12, shape=circle, style=filled, fillcolor="#e2e8f0"];
        edge [fontname="sans-serif", fontsize=11];
        subgraph cluster_normal {
          label="Normal cell"; color="#cbd5e1"; style=rounded;
          normal_0 [label="c_{k-2}", shape=box, style="rounded,filled", fillcolor="#ffffff"];
          normal_1 [label="c_{k-1}", shape=box, style="rounded,filled", fillcolor="#ffffff"];
          normal_2 [label="0"];
          normal_3 [label="1"];
          normal_out [label="c_{k}", shape=box, style="rounded,filled", fillcolor="#ffffff"];
          normal_1 -> normal_2 [label="sep_conv_3x3", color="#2f6fe4", fontcolor="#2f6fe4"];
          normal_2 -> normal_3 [label="skip_connect", color="#12805a", fontcolor="#12805a"];
          normal_3 -> normal_out [color="#94a3b8"];
        }
        subgraph cluster_reduce {
          label="Reduction cell"; color="#cbd5e1"; style=rounded;
          reduce_0 [label="c_{k-2}", shape=box, style="rounded,filled", fillcolor="#ffffff"];
          reduce_1 [label="c_{k-1}", shape=box, style="rounded,filled", fillcolor="#ffffff"];
          reduce_2 [label="0"];
          reduce_3 [label="1"];
          reduce_out [label="c_{k}", shape=box, style="rounded,filled", fillcolor="#ffffff"];
          reduce_1 -> reduce_2 [label="sep_conv_3x3", color="#2f6fe4", fontcolor="#2f6fe4"];
          reduce_2 -> reduce_3 [label="skip_connect", color="#12805a", fontcolor="#12805a"];
          reduce_3 -> reduce_out [color="#94a3b8"];
        }
      }
      "
    `);
  });

  it('has no control character of a title, which a terminal would act on', () => {
    const dot = genotypeDot(NASNet, { title: 'a\u001B]0;b\u0007\u009B2J\u202Ec' });
    expect(dot).toMatch(/^digraph "a\uFFFD\]0;b\uFFFD\uFFFD2J\uFFFDc" \{\n/);
    expect(dot).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  it('has an edge for each op, also where a node reads one source twice', () => {
    const dot = genotypeDot(NASNet);
    expect(dot.match(/ -> .*label=/g)).toHaveLength(20);
    expect(dot.match(/normal_0 -> normal_5 \[label="avg_pool_3x3"/g)).toHaveLength(2);
    expect(dot.match(/ -> \w+_out/g)).toHaveLength(8);
  });
});
