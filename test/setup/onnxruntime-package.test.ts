import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import {
  findOnnxruntime,
  keptOnnxruntime,
  librariesForThisMachine,
  onnxruntimeVersion,
} from '../../src/runtime/onnxruntime/package.ts';
import { requireOnnxruntime, setUpOnnxruntime } from '../../src/setup/onnxruntime-package.ts';

const scratch = mkdtempSync(join(tmpdir(), 'nascent-onnxruntime-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** One regular file as a tar entry: a header of 512 bytes and the content, padded. */
function entry(path: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(path, 0);
  header.write(content.length.toString(8).padStart(11, '0'), 124);
  header.write(' '.repeat(8), 148);
  header.write('0', 156);
  header.write('ustar', 257);
  header.write('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body]);
}

function archive(files: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(files).map(([path, content]) => entry(path, content));
  return gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]));
}

/** An npm whose registry holds these archives, by name; it keeps a list of what it was asked for. */
function npmWith(name: string, archives: Readonly<Record<string, Buffer>>) {
  const folder = join(scratch, name);
  mkdirSync(folder);
  for (const [spec, bytes] of Object.entries(archives)) writeFileSync(join(folder, spec), bytes);
  const script = join(folder, 'npm.cjs');
  writeFileSync(
    script,
    `const fs = require('node:fs'), path = require('node:path');
     const spec = process.argv[3], archive = path.join(__dirname, spec);
     fs.appendFileSync(path.join(__dirname, 'asked'), spec + '\\n');
     if (!fs.existsSync(archive)) { console.error('npm error 404 no such package'); process.exit(1); }
     fs.copyFileSync(archive, 'archive.tgz');`,
  );
  const asked = () => readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
  return { npm: [process.execPath, script], asked };
}

const common = `onnxruntime-common@${onnxruntimeVersion}`;
const node = `onnxruntime-node@${onnxruntimeVersion}`;
const commonArchive = archive({
  'package/package.json': '{"main":"dist/cjs/index.js"}',
  'package/dist/cjs/index.js': 'exports.Tensor = class {};',
});

it('is the version that package.json asks for', () => {
  const { optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly optionalDependencies: Readonly<Record<string, string>>;
  };
  expect(optionalDependencies['onnxruntime-node']).toBe(onnxruntimeVersion);
  expect(findOnnxruntime()?.version).toBe(onnxruntimeVersion);
});

it('is not fetched where npm has installed it', async () => {
  const { npm } = npmWith('not asked', {});
  const cache = join(scratch, 'not needed');
  await requireOnnxruntime({ cache, log() {}, signal: undefined }, npm);
  expect(existsSync(cache)).toBe(false);
});

it('keeps what this machine needs, and nothing that leads elsewhere, and asks npm once', async () => {
  const { npm, asked } = npmWith('registry', {
    [common]: commonArchive,
    [node]: archive({
      'package/package.json': '{}',
      'package/dist/index.js': "module.exports = require('onnxruntime-common');",
      'package/dist/../../../outside': 'no',
      [`package/${librariesForThisMachine}/binding.node`]: 'library',
      'package/bin/napi-v6/plan9/mips/binding.node': "another machine's",
    }),
  });
  const cache = join(scratch, 'cache');
  const lines: string[] = [];
  const context = { cache, log: (line: string) => void lines.push(line), signal: undefined };
  await setUpOnnxruntime(context, npm);
  await setUpOnnxruntime(context, npm);
  expect(asked()).toEqual([common, node]);
  expect(lines).toEqual([`Getting onnxruntime-node ${onnxruntimeVersion} with npm (about 115 MB)`]);

  const folder = keptOnnxruntime(cache);
  expect(readdirSync(cache)).toHaveLength(1);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  expect(files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)).sort()).toEqual(
    [
      join(librariesForThisMachine, 'binding.node'),
      join('dist', 'index.js'),
      join('node_modules', 'onnxruntime-common', 'dist', 'cjs', 'index.js'),
      join('node_modules', 'onnxruntime-common', 'package.json'),
      'package.json',
    ].sort(),
  );
  const loaded = (await import(join(folder, 'dist', 'index.js'))) as { readonly Tensor: unknown };
  expect(loaded.Tensor).toBeTypeOf('function');
});

it('says why where npm cannot get it or it has no library for this machine, and leaves nothing behind', async () => {
  const cache = join(scratch, 'empty');
  const context = { cache, log() {}, signal: undefined };
  const unknown = npmWith('unreachable', {});
  await expect(setUpOnnxruntime(context, unknown.npm)).rejects.toThrow(/404 no such package/);
  const foreign = npmWith('foreign', {
    [common]: commonArchive,
    [node]: archive({ 'package/package.json': '{}' }),
  });
  await expect(setUpOnnxruntime(context, foreign.npm)).rejects.toThrow(/has no library for/);
  expect(existsSync(keptOnnxruntime(cache))).toBe(false);
  expect(readdirSync(cache)).toEqual([]);
});
