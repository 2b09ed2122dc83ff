/**
 * Writes `generated/` from `onnx.proto3`: `node --import tsx proto/generate.ts`.
 *
 * The code is static (nothing is compiled at run time, so it also runs under a strict content security policy) and
 * decodes only. pbjs emits JavaScript; it is stored as a TypeScript file whose body is not checked, so that the
 * ordinary build carries it along, and the types pbjs derives stand beside it. Both are committed; a test compares
 * them with what this file makes.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pbjs from 'protobufjs-cli/pbjs.js';

const schema = fileURLToPath(new URL('onnx.proto3', import.meta.url));

/** A root of its own: onnx-proto occupies protobufjs's default one, under the same package name. */
const options =
  '-t static-module -w esm --es6 -r nascent-onnx --no-create --no-encode --no-verify --no-convert --no-delimited --no-typeurl --no-service';

/** The two generated files, as text. */
export async function generate(): Promise<{ readonly code: string; readonly types: string }> {
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { code, types } = await generate();
  await writeFile(new URL('generated/onnx.ts', import.meta.url), code);
  await writeFile(new URL('generated/messages.d.ts', import.meta.url), types);
}
