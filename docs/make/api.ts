/**
 * Writes docs/api.md, the page of the library's API, from the types and doc comments as users get them: `npm run docs`.
 *
 * TypeDoc would do it with more pages, but reads TypeScript through an interface that TypeScript 7 no longer has. The
 * compiler writes the declarations; what is left is to find each in its file.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { declarationIn, librarySections, type Export } from './exports.ts';
import { formatted } from './table.ts';

const root = resolve(import.meta.dirname, '../..');
const path = join(root, 'docs/api.md');

/** The page as Markdown. Runs the compiler, which takes seconds. */
export async function apiPage(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'nascent-api-'));
  try {
    const compiler = join(
      dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
      'bin/tsc',
    );
    const options = [
      '--emitDeclarationOnly',
      '--incremental',
      'false',
      '--tsBuildInfoFile',
      'null',
      '--outDir',
    ];
    execFileSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), ...options, folder]);
    const read = (module: string) => readFileSync(join(folder, module.replace(/\.tsx?$/, '.d.ts')), 'utf8');
    const sections = librarySections();
    return await formatted(
      [
        '# The library',
        'What `import { … } from "nascent"` gives. Made from the types and their comments, by `npm run docs`.',
        sections.map(({ title, exports }) => `- ${title} ${exports.map(linked).join(' · ')}`).join('\n'),
        ...sections.flatMap(({ title, exports }) => [
          `## ${title.replace(/\.$/, '')}`,
          ...exports.flatMap((found) => entry(found, read)),
        ]),
      ],
      path,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const linked = ({ name }: Export) => `[${name}](#${name.toLowerCase()})`;

function entry({ name, declared, module }: Export, read: (module: string) => string): string[] {
  const { doc, text } = declarationIn(read(module), declared) ?? {};
  if (text === undefined) throw new Error(`${module} does not declare ${declared}`);
  const source = relative(dirname(path), join(root, module));
  const signature = text.replace(/^export (declare )?/gm, '');
  const alias = name === declared ? [] : [`Called \`${declared}\` in the sources.`];
  return [
    `### ${name}`,
    ...(doc === undefined ? [] : [tagsAsText(doc)]),
    ...alias,
    `\`\`\`ts\n${signature}\n\`\`\``,
    `[${module}](${source})`,
  ];
}

/** `@param x …` and its like as lines of a list. */
function tagsAsText(doc: string): string {
  return doc
    .replace(/^@(param|throws|returns)\s+/gm, (_, tag: string) => `- _${tag}_ `)
    .replace(/([^\n])\n(- _)/, '$1\n\n$2');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(path, await apiPage());
