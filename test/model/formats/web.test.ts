import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exportGenotype } from '../../../src/model/export.ts';
import type { Passes } from '../../../exporters/passes/passes.ts';
import { NascentError } from '../../../src/errors.ts';
import { predict } from '../../../src/predict/predict.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { publishedGenotypes } from '../../../src/space/images/published.ts';
import { temporaryFolder } from '../../data/temporary.ts';
import { browserHere, openPage } from '../../support/chromium.ts';

const shape = { channels: 4, layers: 3, classes: 10, image: [3, 32, 32] } as const;

async function exported(passes: Passes): Promise<string> {
  const out = join(await temporaryFolder(), 'web');
  const order = { genotype: publishedGenotypes.DARTS_V2, seed: 3, out, passes, format: 'web' } as const;
  await exportGenotype({ task: 'images', shape, ...order }, silentReporter);
  return out;
}

/** A server of files and nothing else, as anybody's is: without a header that it was not told of. */
async function served(folder: string): Promise<string> {
  const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };
  const server = createServer(({ url = '/' }, response) => {
    const path = join(folder, url === '/' ? 'index.html' : new URL(url, 'http://localhost').pathname);
    if (!existsSync(path) || !statSync(path).isFile()) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' });
    return createReadStream(path).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** An image that is not of the model's size, nor square. */
async function picture(): Promise<string> {
  const file = join(await temporaryFolder(), 'a picture.png');
  const [width, height] = [90, 70];
  const pixels = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => (i * 7 + (i % 3) * (i >> 6)) % 256,
  );
  await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(file);
  return file;
}

const chromium = browserHere();

describe.skipIf(chromium === undefined)('the page in Chromium (skipped where there is none)', () => {
  it.each<Passes>([{}, { preprocess: true, softmax: true }, { topK: 3 }, { int8: true }])(
    'says of an image dropped on it what nascent predict says: %j',
    async (passes) => {
      const folder = await exported(passes).catch((error: unknown) => {
        if (error instanceof NascentError && error.code === 'data/unreachable') return undefined;
        throw error;
      });
      if (folder === undefined)
        return expect.soft(process.env['CI'], 'npm reaches no registry').toBeUndefined();
      const file = await picture();
      const page = await openPage(chromium ?? '', await served(folder));
      onTestFinished(() => page.close());
      const until = (state: string) =>
        page.evaluate(
          `(async () => { while (document.body?.dataset.state !== '${state}') await new Promise((go) => setTimeout(go, 50)); })()`,
        );
      await until('ready');
      await page.drop(file);
      await until('done');
      const found = (await page.evaluate(
        `[...document.querySelectorAll('#scores tr')].map((row) => [row.querySelector('.label').textContent, Number(row.dataset.score)])`,
      )) as readonly (readonly [string, number])[];
      const order = { model: join(folder, 'model.onnx'), files: [file] };
      const prediction = await predict(order, silentReporter, new AbortController().signal);
      const wanted = prediction.task === 'images' ? (prediction.files[0]?.classes ?? []) : [];
      expect(found.map(([label]) => label)).toEqual(wanted.map(({ label }) => label));
      // Eight bits are rounded in other places by another runtime.
      found.forEach(([, score], i) =>
        expect(score).toBeCloseTo(wanted[i]?.score ?? 0, passes.int8 === true ? 1 : 4),
      );
      expect(await page.evaluate(`document.getElementById('status').textContent`)).toContain(found[0]?.[0]);
      expect(page.complaints).toEqual([]);
      const origin = new URL(page.asked.at(-1) ?? '').origin;
      expect(
        page.asked.filter((url) => !/^(blob|data|about):/.test(url) && new URL(url).origin !== origin),
      ).toEqual([]);

      const text = join(await temporaryFolder(), 'no.png');
      await writeFile(text, 'not an image');
      await page.drop(text);
      await until('failed');
      expect(await page.evaluate(`document.getElementById('status').textContent`)).toContain('is no image');
    },
  );
});

it('is of the one folder, and asks no other host for anything', async () => {
  const folder = await exported({}).catch(() => undefined);
  if (folder === undefined) return;
  const page =
    readFileSync(join(folder, 'index.html'), 'utf8') + readFileSync(join(folder, 'page.js'), 'utf8');
  expect(page).not.toMatch(/https?:/);
});
