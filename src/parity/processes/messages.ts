/** What the process of a runtime and the one that started it say to each other, as structured clones. */
import type { JobFailure } from '../../run/events.ts';
import type { AnyTensors } from '../../runtime/any-tensor.ts';
import type { Measured } from '../truth/truth.ts';
import type { ModelUnderTest, Way } from '../ways.ts';

export type Ask =
  | { readonly kind: 'open'; readonly model: ModelUnderTest; readonly way: Way; readonly memory: number }
  | { readonly kind: 'run' | 'measure'; readonly feeds: AnyTensors };

/** One for each that was asked, in the same order, and the most memory that the process has held, in bytes. */
export type Answer = { readonly peak: number } & Said;

export type Said =
  | { readonly kind: 'opened'; readonly note: string | undefined }
  | { readonly kind: 'ran'; readonly outputs: AnyTensors }
  | { readonly kind: 'measured'; readonly measured: Measured }
  | { readonly kind: 'failed'; readonly failure: JobFailure };
