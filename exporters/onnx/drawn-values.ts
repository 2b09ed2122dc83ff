/** What of a graph hangs on random numbers, and which node draws them. What nobody asks for may be drawn. */
import type { OnnxNode } from '../../proto/onnx.ts';
import { usedBy } from './used.ts';

export class DrawnValues {
  readonly #drawing = new Map<string, string>();

  /** What draws the numbers that a value hangs on. */
  of(value: string): string | undefined {
    return this.#drawing.get(value);
  }

  /** What draws the numbers that a node hangs on. */
  under(node: OnnxNode): string | undefined {
    if (this.#drawing.size === 0) return undefined;
    return usedBy(node)
      .map((name) => this.#drawing.get(name))
      .find((drawing) => drawing !== undefined);
  }

  add({ outputs }: OnnxNode, drawing: string): void {
    for (const name of outputs) if (name !== '') this.#drawing.set(name, drawing);
  }
}
