/** What can't be asked of an export together, or of a model of a task: what would do nothing is refused. */
import { askedPasses, passes as rows } from '../../exporters/passes/passes.ts';
import { NascentError } from '../errors.ts';
import type { TaskName } from '../tasks/task.ts';
import type { Exported } from './order.ts';

/** @throws NascentError 'input/invalid' naming the two, and why */
export function requireTogether(order: Exported, task: TaskName): void {
  const { passes = {}, calibration, keepFloat, maxDrop, unroll } = order;
  const { int8 = false, fp16 = false } = passes;
  if (unroll !== undefined && task !== 'text') {
    throw refused(
      `--unroll is for text, and this is about ${task}: its network has no steps`,
      'Leave --unroll out.',
    );
  }
  const stray = askedPasses(passes).find((name) => rows[name].task !== 'any' && rows[name].task !== task);
  if (stray !== undefined) {
    const { option } = rows[stray];
    throw refused(
      `--${option} is for ${rows[stray].task}, and this is about ${task}`,
      `Leave --${option} out.`,
    );
  }
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
  if (keepFloat !== undefined && !int8 && !fp16) {
    throw refused(
      '--keep-float is of --int8 and --fp16, and neither is asked for: all is in float32',
      'Add one of them, or leave --keep-float out.',
    );
  }
  for (const [option, value] of [
    ['--calibration', calibration],
    ['--keep-float', int8 ? keepFloat : undefined],
  ] as const) {
    if (value === undefined || task !== 'text') continue;
    throw refused(
      `${option} of --int8 is for images, and this is about text: its ranges are found as the model runs`,
      `Leave ${option} out.`,
    );
  }
  if (maxDrop !== undefined && !int8 && !fp16) {
    throw refused(
      '--max-drop is of --int8 and --fp16, and neither is asked for: nothing is lost',
      'Add one of them, or leave --max-drop out.',
    );
  }
  if (maxDrop !== undefined && 'genotype' in order) {
    throw refused(
      '--max-drop is of a trained network: the one of a genotype is not trained, and has no accuracy to lose',
      'Leave --max-drop out, or give a run.',
    );
  }
}

function refused(message: string, help: string): NascentError {
  return new NascentError('input/invalid', message, { help });
}
