/**
 * Scan: the body compiled once, and its steps walked once for each slice. States never leave the device, and what a step
 * of the sequence made is freed when the next has used it.
 */
import { internal } from '../../errors.ts';
import { zeros } from '../../graph/tensor.ts';
import type { NodeOf } from '../../graph/types.ts';
import type { Device, Run } from './device.ts';
import { assignLayouts, inGraphOrder } from './layout.ts';
import { relayout } from './store.ts';
import type { CompileSteps, Table } from './table.ts';

export interface CompiledScan<H> {
  readonly run: Run<H>;
  /** Frees the body's constants. */
  readonly dispose: () => void;
}

/** Inputs and outputs are in the graph's own order. */
export function compileScan<H>(
  device: Device<H>,
  node: NodeOf<'Scan'>,
  compileSteps: CompileSteps,
): CompiledScan<H> {
  const { body, states, sequences } = node.attributes;
  const layouts = assignLayouts(body, new Map(body.inputs.map(({ value }) => [value, 'plain'])));
  const steps = compileSteps(device, body, (value) => layouts.get(value) ?? 'plain');
  const inputSlots = body.inputs.map(({ value }) => steps.slotOf(value));
  const outputs = body.outputs.map(({ value }) => ({
    slot: steps.slotOf(value),
    layout: layouts.get(value) ?? 'plain',
  }));
  /** Tensors that a table has before its walk: what comes out must be another. */
  const given = new Set([...inputSlots, ...steps.constants.keys()]);

  /** One step: its outputs are tensors of their own, in the graph's order. */
  const step = (inputs: readonly H[]): readonly H[] => {
    const table: Table<H> = Array.from({ length: steps.size });
    for (const [slot, handle] of steps.constants) table[slot] = handle;
    inputSlots.forEach((slot, i) => {
      table[slot] = inputs[i];
    });
    return device.keeping(() => {
      steps.run(table);
      const taken = new Set<H>();
      return outputs.map(({ slot, layout }) => {
        const handle = table[slot];
        if (handle === undefined) throw internal(`a step of "${node.name}" lacks an output`);
        const shape = device.shapeOf(handle);
        const plain = relayout(device, handle, inGraphOrder(shape, layout), layout, 'plain');
        const own =
          given.has(slot) || taken.has(plain) ? device.reshape(plain, device.shapeOf(plain)) : plain;
        taken.add(own);
        return own;
      });
    });
  };

  /** Of no slices. What a step gives is as large as one of zeros says. */
  const none = (inputs: readonly H[]): readonly H[] => {
    const [carried, captured] = [inputs.slice(0, states), inputs.slice(states + sequences)];
    const slices = inputs.slice(states, states + sequences).map((handle, i) => {
      const shape = device.shapeOf(handle).slice(1);
      const { dtype } = node.inputs[states + i]!.type;
      return device.upload(dtype, shape, zeros(dtype, shape));
    });
    const made = step([...carried, ...slices, ...captured]).slice(states);
    const stacked = made.map((handle, i) => {
      const { dtype } = node.outputs[states + i]!.type;
      return device.upload(dtype, [0, ...device.shapeOf(handle)], zeros(dtype, [0]));
    });
    return [...carried.map((handle) => device.reshape(handle, device.shapeOf(handle))), ...stacked];
  };

  return {
    run(inputs) {
      if (device.shapeOf(inputs[states]!)[0] === 0) return none(inputs);
      const slices = inputs.slice(states, states + sequences).map((handle) => device.unstack(handle));
      const captured = inputs.slice(states + sequences);
      const length = slices[0]?.length ?? 0;
      const stacks: H[][] = outputs.slice(states).map(() => []);
      let carried = inputs.slice(0, states);
      for (let t = 0; t < length; t++) {
        const here = slices.map((list) => list[t] as H);
        const made = step([...carried, ...here, ...captured]);
        // The first states are the node's own inputs.
        if (t > 0) carried.forEach((handle) => device.free(handle));
        here.forEach((handle) => device.free(handle));
        carried = made.slice(0, states);
        made.slice(states).forEach((handle, i) => stacks[i]?.push(handle));
      }
      const stacked = stacks.map((list, i) => {
        const { dtype } = node.outputs[states + i]?.type ?? { dtype: 'float32' };
        return device.stack(dtype, list);
      });
      return [...carried, ...stacked];
    },
    dispose: () => steps.dispose(),
  };
}
