/**
 * Writes `generated/`: `node --import tsx proto/generate.ts`. The reader comes from `onnx.proto3`, by pbjs; the writer is
 * onnx-proto's code, less what does not write.
 *
 * onnx-proto asks for a protobufjs with known holes, and a package cannot tell its users' npm to use another. So its
 * code becomes part of ours, where it runs on the protobufjs that we depend on, and onnx-proto itself is needed only here.
 *
 * The code is static (nothing is compiled at run time, so it also runs under a strict content security policy). It is
 * JavaScript, stored as TypeScript files whose bodies are not checked, so that the ordinary build carries it along; the
 * types stand beside it. All is committed; a test compares it with what this file makes.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pbjs from 'protobufjs-cli/pbjs.js';

const schema = fileURLToPath(new URL('onnx.proto3', import.meta.url));

/** A root of its own: onnx-proto occupies protobufjs's default one, under the same package name. */
const options =
  '-t static-module -w esm --es6 -r nascent-onnx --no-create --no-encode --no-verify --no-convert --no-delimited --no-typeurl --no-service';

/** The reader and its types, as text. */
export async function generateReader(): Promise<{ readonly code: string; readonly types: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'nascent-proto-'));
  try {
    const bare = join(folder, 'bare.js');
    const documented = join(folder, 'documented.js');
    await run(`${options} --no-comments`, bare);
    // The types are derived from the comments.
    await run(`${options} -d`, documented);
    const notice = '// Generated from ../onnx.proto3 by ../generate.ts. Do not edit.\n';
    return {
      code: `// @ts-nocheck\n${notice}${await readFile(bare, 'utf8')}`,
      types: `${notice}${await readFile(join(folder, 'documented.d.ts'), 'utf8')}`,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(flags: string, out: string): Promise<void> {
  return new Promise((resolve, reject) => {
    pbjs.main([...flags.split(' '), '-o', out, schema], (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** What a message's class can do besides writing itself. */
const unused = [
  'create',
  'encodeDelimited',
  'decode',
  'decodeDelimited',
  'verify',
  'fromObject',
  'toObject',
  'toJSON',
];

/** The writer, as text: onnx-proto's code as an ES module, its messages' `encode` and the numbers of its enums. */
export async function generateWriter(): Promise<string> {
  const require = createRequire(import.meta.url);
  const { version } = require('onnx-proto/package.json') as { readonly version: string };
  const code = await readFile(require.resolve('onnx-proto'), 'utf8');
  const licence = await readFile(require.resolve('onnx-proto/LICENSE'), 'utf8');
  const methods = new RegExp(
    String.raw`^( +)[\w.]+\.(?:${unused.join('|')}) = function \w+\([^)]*\) \{\n[^]*?^\1\};\n`,
    'gm',
  );
  const body = code
    .replaceAll(/^ *\/\*\*\n[^]*?\*\/\n/gm, '')
    .replaceAll(methods, '')
    .replace('"use strict";\n', '')
    .replace(
      'var $protobuf = require("protobufjs/minimal");',
      'import $protobuf from "protobufjs/minimal.js";',
    )
    .replace('$Reader = $protobuf.Reader, ', '')
    .replaceAll('$protobuf.roots["default"]', '$protobuf.roots["onnx-proto"]')
    .replace('module.exports = $root;', 'export const onnx = $root.onnx;')
    .replaceAll(/\n{2,}/g, '\n');
  const notice = `// Generated from onnx-proto ${version} by ../generate.ts. Do not edit.\n/*!\n${licence.trimEnd()}\n*/\n`;
  return `// @ts-nocheck\n${notice}${body}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { code, types } = await generateReader();
  await writeFile(new URL('generated/onnx.ts', import.meta.url), code);
  await writeFile(new URL('generated/messages.d.ts', import.meta.url), types);
  await writeFile(new URL('generated/writer.ts', import.meta.url), await generateWriter());
}
