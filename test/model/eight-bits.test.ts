import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exportGenotype } from '../../src/model/export.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { publishedGenotypes } from '../../src/space/images/published.ts';
import { temporaryFolder } from '../data/temporary.ts';

it('a number keeps so many of the noisiest layers in float32, beside what is named', async () => {
  const folder = await temporaryFolder();
  const notes: string[] = [];
  const reporter = { ...silentReporter, note: (text: string) => void notes.push(text) };
  const layersWith = async (keepFloat?: readonly string[]) => {
    const { layers } = await exportGenotype(
      {
        task: 'images',
        genotype: publishedGenotypes.DARTS_V2,
        shape: { channels: 4, layers: 3, classes: 10, image: [3, 16, 16] },
        seed: 0,
        out: join(folder, 'model.onnx'),
        passes: { int8: true },
        keepFloat,
      },
      reporter,
    );
    return (layers ?? []).map(({ layer }) => layer);
  };
  const all = await layersWith();
  const [first = '', second = '', third = ''] = all;
  notes.length = 0;
  const left = await layersWith(['2', third]);
  expect(left.toSorted()).toEqual(all.filter((layer) => ![first, second, third].includes(layer)).toSorted());
  expect(notes[0]).toMatch(
    new RegExp(`^left in float32, of the most noise: ${first} [\\d.]+ dB, ${second} `),
  );
  await expect(layersWith([String(all.length)])).rejects.toThrow('leaves nothing in eight bits');
});
