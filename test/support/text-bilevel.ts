/** The steps of a recurrent search, with masks drawn from what each step is given. */
import type { TextSlice } from '../../src/data/text/batches.ts';
import type { Tensor } from '../../src/graph/tensor.ts';
import { Random } from '../../src/random.ts';
import type { Runtime, Store } from '../../src/runtime/runtime.ts';
import { createBilevel } from '../../src/search/one-shot/bilevel.ts';
import { hiddenNames } from '../../src/tasks/text/carried.ts';
import { noHidden } from '../../src/tasks/text/feeds.ts';
import type { RnnSupernetShape } from '../../src/tasks/text/search-loss.ts';
import type { RnnSearchConfig } from '../../src/tasks/text/search-settings.ts';
import { textSupernet } from '../../src/tasks/text/search.ts';

export async function textBilevel(
  runtime: Runtime,
  store: Store,
  shape: RnnSupernetShape,
  config: RnnSearchConfig,
  random: Random,
) {
  const masks = { random: new Random(0) };
  const supernet = textSupernet(shape, config, masks);
  const bilevel = await createBilevel(runtime, store, supernet, config, random);
  return {
    async alpha(
      slices: { readonly training: TextSlice; readonly valid: TextSlice },
      step: number,
      rate: number,
      drawn: Random,
    ): Promise<ReadonlyMap<string, Tensor>> {
      masks.random = drawn;
      return bilevel.alpha(slices, step, rate);
    },
    async weight(training: TextSlice, rate: number, drawn: Random): Promise<ReadonlyMap<string, Tensor>> {
      masks.random = drawn;
      return (await bilevel.weight(training, rate)).outputs;
    },
    /** Both hidden states to zero, as where an epoch begins. */
    forget(): void {
      const none = () => noHidden(config.batch_size, shape.units);
      store.write(new Map(Object.values(hiddenNames).map((name) => [name, none()])));
    },
  };
}
