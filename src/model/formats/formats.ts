/** The formats of an export, a row each: what `--format` can be told. */
import { NascentError } from '../../errors.ts';
import type { Asked, FormatRow } from './format.ts';
import { onnx } from './onnx.ts';
import { ort } from './ort.ts';
import { transformers } from './transformers.ts';
import { web } from './web.ts';

export const formats = { onnx, ort, transformers, web } as const satisfies Readonly<
  Record<string, FormatRow>
>;

export type FormatName = keyof typeof formats;

/** The first is the usual one. */
export const formatNames = Object.keys(formats) as readonly FormatName[];

/** @throws NascentError 'input/invalid' where the format can't be had together with the rest */
export function requireFormat(name: FormatName, beside: Asked): void {
  const refusal = formats[name].refusal(beside);
  if (refusal !== undefined) throw new NascentError('input/invalid', refusal.message, { help: refusal.help });
}

/**
 * onnxruntime takes a file for its own format, or not, by how the name ends and nothing else.
 *
 * @throws NascentError 'input/invalid' where it would take this one for the other
 */
export function requireEnding(name: FormatName, file: string): void {
  const takenForOrt = /\.ort$/i.test(file);
  if (formats[name].kind === 'folder' || takenForOrt === (name === 'ort')) return;
  throw takenForOrt
    ? new NascentError('input/invalid', `${file}: onnxruntime takes what ends in .ort for its own format`, {
        help: 'Give --out a name that ends in .onnx, or add --format ort.',
      })
    : new NascentError(
        'input/invalid',
        `${file}: onnxruntime opens its own format only where the name ends in .ort`,
        {
          help: 'Give --out a name that ends in .ort, or leave --format out.',
        },
      );
}
