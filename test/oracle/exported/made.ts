/** What `export.py` tells of the files that it wrote, and of those that it could not. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Made =
  | {
      readonly kind: 'file';
      readonly name: string;
      /** `coarse` is less than float32: such a file is held against itself in another runtime, not against PyTorch. */
      readonly precision: 'float32' | 'coarse';
      readonly outputs: number;
    }
  | { readonly kind: 'skipped'; readonly name: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly name: string; readonly reason: string };

export function readMade(folder: string): readonly Made[] {
  const lines = readFileSync(join(folder, 'made.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Made);
}
