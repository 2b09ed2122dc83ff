/**
 * The packages of runtimes that Nascent does without: where npm put them, else where `nascent setup --runtimes` did.
 *
 * Each is kept with what it imports in a folder of its own, as npm would lay it out, so that Node finds one from the
 * other. The folder exists only when all of it does.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cacheFolder } from '../../files/cache.ts';
import type { InstalledPackage } from '../probe/package.ts';

/** An archive of npm's registry, and what of it is needed. */
export interface Archive {
  readonly name: string;
  readonly version: string;
  /** Of the archive, as npm's lock files say it. */
  readonly integrity: string;
  /** Which of its files. */
  readonly needed: RegExp;
}

export interface ExtraPackage {
  /** The package itself, then what it imports. */
  readonly archives: readonly [Archive, ...Archive[]];
  /** What the archives take, in megabytes. */
  readonly megabytes: number;
  /** Of the package: what is loaded. Another version, or what an earlier setup kept, may lack some. */
  readonly files: readonly [string, ...string[]];
  /** Where another is something else: the major version that is known here. */
  readonly major?: number;
}

export const extraPackages = {
  'onnxruntime-web': {
    archives: [
      {
        name: 'onnxruntime-web',
        version: '1.30.0',
        integrity:
          'sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==',
        needed:
          /^(package\.json|dist\/(ort\.node\.min\.mjs|ort-wasm-simd-threaded\.(mjs|wasm)|ort\.(wasm|webgpu)\.bundle\.min\.mjs|ort-wasm-simd-threaded\.asyncify\.wasm))$/,
      },
      {
        name: 'onnxruntime-common',
        version: '1.30.0',
        integrity:
          'sha512-7fdVWjAID1dVhH/G8qK3APARunV4VkBFoCQAP7qp4Wkab0mrorvmc+sqiT+mKXOzDqdjN5j+/Z9nb4gzNPWcyA==',
        needed: /^(package\.json|dist\/(cjs|esm)\/[\w./-]+(\.js|package\.json))$/,
      },
    ],
    megabytes: 34,
    files: [
      'dist/ort.node.min.mjs',
      'dist/ort-wasm-simd-threaded.mjs',
      'dist/ort-wasm-simd-threaded.wasm',
      'dist/ort.wasm.bundle.min.mjs',
      'dist/ort.webgpu.bundle.min.mjs',
      'dist/ort-wasm-simd-threaded.asyncify.wasm',
    ],
  },
  '@tensorflow/tfjs-backend-wasm': {
    archives: [
      {
        name: '@tensorflow/tfjs-backend-wasm',
        version: '4.22.0',
        integrity:
          'sha512-/IYhReRIp4jg/wYW0OwbbJZG8ON87mbz0PgkiP3CdcACRSvUN0h8rvC0O3YcDtkTQtFWF/tcXq/KlVDyV49wmA==',
        needed: /^(package\.json|dist\/tf-backend-wasm\.node\.js|dist\/tfjs-backend-wasm[\w-]*\.wasm)$/,
      },
      {
        // What it imports is looked for beside it.
        name: '@tensorflow/tfjs-core',
        version: '4.22.0',
        integrity:
          'sha512-LEkOyzbknKFoWUwfkr59vSB68DMJ4cjwwHgicXN0DUi3a0Vh1Er3JQqCI1Hl86GGZQvY8ezVrtDIvqR1ZFW55A==',
        needed: /^(package\.json|dist\/tf-core\.node\.js)$/,
      },
    ],
    megabytes: 20,
    files: ['dist/tf-backend-wasm.node.js'],
  },
  '@techstark/opencv-js': {
    archives: [
      {
        // By itself, the name gives one of 2021.
        name: '@techstark/opencv-js',
        version: '5.0.0-release.1',
        integrity:
          'sha512-PIm+eB0MFtieXoNC2GRao0dv/02sehG+Nv2nSW5D6pQm6J/4WqvDHm0RyoqOmGYQm67jdGiaOdIeTShCY3PIUg==',
        needed: /^(package\.json|LICENSE|dist\/opencv\.js)$/,
      },
    ],
    megabytes: 14,
    files: ['dist/opencv.js'],
    // Tensors of 4 have no more than four types.
    major: 5,
  },
} as const satisfies Readonly<Record<string, ExtraPackage>>;

export type ExtraName = keyof typeof extraPackages;
export const extraNames = Object.keys(extraPackages) as readonly ExtraName[];

/** Where setup keeps a package and what it imports, in the cache folder: apart from what others keep there of a package. */
export function keptExtra(name: ExtraName, cache: string = cacheFolder()): string {
  const [{ version }] = extraPackages[name].archives;
  return join(cache, 'runtimes', `${name.replace('@', '').replace('/', '-')}-${version}`);
}

/** Where Node would look for it. Not by resolving it: some packages hide their package.json. */
const whereNodeLooks = (name: ExtraName): readonly string[] =>
  createRequire(import.meta.url).resolve.paths(name) ?? [];

/**
 * The package as Nascent would load it: the first that is whole, else the first that is there at all. Undefined where
 * there is none, or one that does not say what it is.
 */
export function findExtra(
  name: ExtraName,
  cache?: string,
  places: readonly string[] = whereNodeLooks(name),
): InstalledPackage | undefined {
  const found = [...places, join(keptExtra(name, cache), 'node_modules')].flatMap((place) => {
    const folder = join(place, name);
    const version = versionIn(folder);
    return version === undefined ? [] : [{ folder, version }];
  });
  return found.find((each) => isWhole(name, each)) ?? found[0];
}

/** Whether it is there with all that is needed of it. */
export function hasWholeExtra(name: ExtraName, cache?: string): boolean {
  const found = findExtra(name, cache);
  return found !== undefined && isWhole(name, found);
}

function isWhole(name: ExtraName, { folder, version }: InstalledPackage): boolean {
  const { files, major }: ExtraPackage = extraPackages[name];
  const isKnown = major === undefined || version.startsWith(`${major}.`);
  return isKnown && files.every((file) => existsSync(join(folder, file)));
}

function versionIn(folder: string): string | undefined {
  try {
    const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      version?: string;
    } | null;
    return about?.version;
  } catch {
    return undefined;
  }
}

/** What to do where there is none, where it lacks what is needed of it, or where it does not work. */
export function howToGetExtra(name: ExtraName): string {
  const found = findExtra(name);
  return found !== undefined && isWhole(name, found)
    ? `Remove ${found.folder}, and run \`nascent setup --runtimes\`.`
    : 'Run `nascent setup --runtimes`, which fetches it from npm.';
}
