/** What can't be asked of an export together, whatever the model is. */
import { NascentError } from '../errors.ts';
import type { Exported } from './order.ts';

/** @throws NascentError 'input/invalid' naming the two, and why */
export function requireTogether({ passes = {}, calibration, maxDrop }: Exported): void {
  const { int8 = false, fp16 = false } = passes;
  if (int8 && fp16) {
    throw refused(
      '--int8 and --fp16 do not go together: a weight has 8 bits or 16',
      'Leave one of them out.',
    );
  }
  if (calibration !== undefined && !int8) {
    throw refused(
      '--calibration is of --int8, which is not asked for',
      'Add --int8, or leave --calibration out.',
    );
  }
  if (maxDrop !== undefined && !int8 && !fp16) {
    throw refused(
      '--max-drop is of --int8 and --fp16, and neither is asked for: nothing is lost',
      'Add one of them, or leave --max-drop out.',
    );
  }
}

function refused(message: string, help: string): NascentError {
  return new NascentError('input/invalid', message, { help });
}
