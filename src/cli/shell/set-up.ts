/** Setting TensorFlow up, with its steps shown. */

import { cacheFolder } from '../../files/cache.ts';
import type { JobEvent } from '../../run/events.ts';
import { reporterTo } from '../../run/reporter.ts';
import { requireOnnxruntime } from '../../setup/onnxruntime-package.ts';
import { setUpExtras, type ReadyExtra } from '../../setup/extras.ts';
import { setup } from '../../setup/setup.ts';
import type { SetupOptions, SetupResult } from '../../setup/setup.ts';

/** @throws as `setup` does */
export function setUp(
  options: Pick<SetupOptions, 'cuda' | 'force' | 'signal'>,
  report: (event: JobEvent) => void,
): Promise<SetupResult> {
  const reporter = reporterTo(report);
  const begin = () => reporter.stage('setup', 'Setting up TensorFlow');
  begin();
  return setup({
    ...options,
    log(line) {
      reporter.note(line);
      // What was being downloaded is there.
      begin();
    },
    onProgress: ({ done, total, unit, note }) => reporter.progress(done, Math.max(done, total), unit, note),
  });
}

/** Gets onnxruntime where npm left it out. @throws as `requireOnnxruntime` does */
export async function setUpOnnxruntime(
  signal: AbortSignal,
  report: (event: JobEvent) => void,
): Promise<void> {
  const reporter = reporterTo(report);
  await requireOnnxruntime({ cache: cacheFolder(), log: (line) => reporter.note(line), signal });
}

/** Gets the packages of further runtimes. @throws as `setUpExtras` does */
export async function setUpRuntimes(
  signal: AbortSignal,
  report: (event: JobEvent) => void,
): Promise<readonly ReadyExtra[]> {
  const reporter = reporterTo(report);
  return setUpExtras({ cache: cacheFolder(), log: (line) => reporter.note(line), signal });
}

/** Such as `tfjs-node-gpu 4.22.0 with TensorFlow 2.21.0 is ready, on cpu, with ops compiled for it`. */
export function describeSetup({ tensorflow }: SetupResult): string {
  const { version, libraryVersion, device, deviceName, nativeOps } = tensorflow;
  const own = nativeOps ? ', with ops compiled for it' : '';
  return `tfjs-node-gpu ${version} with TensorFlow ${libraryVersion} is ready, on ${deviceName ?? device}${own}`;
}
