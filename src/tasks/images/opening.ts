/** How far the opening of images is, said by a reporter. */
import type { OnOpening } from '../../data/row.ts';
import type { Reporter } from '../../run/reporter.ts';

/** Fewer are opened within seconds. */
const many = 2000;

const titles = { surveyed: 'Looking through image files', decoded: 'Decoding images' } as const;

/** Of many images, a stage for each thing that is done with them. */
export function tellOpening(reporter: Reporter): OnOpening {
  let current = '';
  return (doing, done, total) => {
    if (total < many) return;
    if (doing !== current) reporter.stage(doing, titles[doing]);
    current = doing;
    reporter.progress(done, total, 'img');
  };
}
