/** The screens that the hub opens. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { messageOf } from '../../errors.ts';
import { compare } from '../../compare/compare.ts';
import { deriveForm } from '../../tui/interface/form/derive-form.ts';
import { exportForm } from '../../tui/interface/form/export-form.ts';
import { parityForm } from '../../tui/interface/form/parity-form.ts';
import { newRunForm, trainForm } from '../../tui/interface/form/run-form.ts';
import type { HubDoors } from '../../tui/interface/hub/hub.ts';
import { pageScreen } from '../../tui/interface/page/page.ts';
import { parityScreen, parityState } from '../../tui/interface/parity/parity.ts';
import { screenOf } from '../../tui/interface/screen.ts';
import type { AnyScreen } from '../../tui/interface/screen.ts';
import { comparedSides, networksFor } from '../input/compared.ts';
import { renderComparison } from '../render/comparison.ts';
import { commandLine, word } from '../render/next.ts';
import { deriveDesk, exportDesk, parityDesk, runDesk } from './form-desk.ts';

/** @param folder that the hub shows, and that new runs go to */
export function hubDoors(folder: string): HubDoors {
  // What is in a run's folder belongs to that run.
  const desk = runDesk(existsSync(join(folder, 'run.json')) ? dirname(folder) : folder);
  return {
    newRun: () => newRunForm(desk),
    train: ({ path }) => trainForm(desk, path),
    exporting: ({ path }) => exportForm(exportDesk, path),
    derive: ({ path }) => deriveForm(deriveDesk, path),
    comparing: ({ path }) => parityForm(parityDesk, path),
    parity: ({ path }) => screenOf(parityScreen, parityState(path)),
    compare: comparing,
  };
}

/** What cannot be compared says so on the page. */
function comparing(paths: readonly string[]): AnyScreen {
  const command = commandLine(['compare', ...paths.map(word)].join(' '));
  const page = { title: 'Comparison', command, top: 0 };
  try {
    const comparison = compare(comparedSides(paths, undefined), networksFor(undefined));
    return screenOf(pageScreen, { ...page, text: (look) => renderComparison(comparison, look) });
  } catch (error) {
    const message = messageOf(error);
    return screenOf(pageScreen, { ...page, text: () => message });
  }
}
