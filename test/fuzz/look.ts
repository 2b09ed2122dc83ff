/** What is tried on a file: decoding, the checker, the reader. */
import { findingsIn } from '../../exporters/onnx/check/check.ts';
import { importOnnx } from '../../exporters/onnx/import.ts';
import { decodeModel } from '../../proto/onnx.ts';
import { NascentError } from '../../src/errors.ts';
import { unusedIn } from '../../src/onnx/unused.ts';

/** How far a file came. */
export type Came = 'not decoded' | 'faulty' | 'not read' | 'read';

/** Throws where anything but a NascentError was thrown. */
export function look(bytes: Uint8Array): Came {
  let came: Came = 'not decoded';
  try {
    const model = decodeModel(bytes);
    came = 'faulty';
    const { faults } = findingsIn(model);
    unusedIn(model.graph);
    if (faults.length > 0) return came;
    came = 'not read';
    importOnnx(model);
    return 'read';
  } catch (error) {
    if (error instanceof NascentError) return came;
    throw error;
  }
}
