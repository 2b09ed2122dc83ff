/** What data code reports, as the events that progress views show. */

import type { ProgressEvent } from '../../files/progress.ts';
import type { JobEvent } from '../../run/events.ts';
import { reporterTo } from '../../run/reporter.ts';

const titles: { readonly [P in ProgressEvent['phase']]: string } = {
  download: 'Downloading',
  unpack: 'Unpacking',
  decode: 'Decoding',
  check: 'Checking',
};

/** @param name what is being got, such as `CIFAR-10` */
export function dataProgress(
  name: string,
  report: (event: JobEvent) => void,
): (event: ProgressEvent) => void {
  const reporter = reporterTo(report);
  let current: string | undefined;
  return ({ phase, done, total, unit, note }) => {
    if (phase !== current) reporter.stage(phase, `${titles[phase]} ${name}`);
    current = phase;
    reporter.progress(done, total, unit, note);
  };
}
