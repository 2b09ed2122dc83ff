/** The screens that the hub opens. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { deriveForm } from '../../tui/interface/form/derive-form.ts';
import { exportForm } from '../../tui/interface/form/export-form.ts';
import { parityForm } from '../../tui/interface/form/parity-form.ts';
import { newRunForm, trainForm } from '../../tui/interface/form/run-form.ts';
import type { HubDoors } from '../../tui/interface/hub/keys.ts';
import { parityScreen, parityState } from '../../tui/interface/parity/parity.ts';
import { screenOf } from '../../tui/interface/screen.ts';
import { attempt } from '../../errors.ts';
import { trainingFolder } from '../../run/searched.ts';
import { givenModel } from '../input/runs.ts';
import { comparing } from './comparing.ts';
import { deriveDesk, exportDesk, parityDesk, runDesk } from './form-desk.ts';

/** @param folder that the hub shows, and that new runs go to */
export function hubDoors(folder: string): HubDoors {
  // What is in a run's folder belongs to that run.
  const desk = runDesk(existsSync(join(folder, 'run.json')) ? dirname(folder) : folder);
  return {
    hasModel: ({ path }) => attempt(() => givenModel(path))[0] !== undefined,
    newRun: () => newRunForm(desk),
    train: ({ path, inside }, { epoch }) => {
      const isTaken = inside.some(({ path: each }) => each === trainingFolder(path));
      return trainForm(desk, path, {
        ...(epoch !== undefined && { epoch: String(epoch) }),
        // The cells are trained anew, beside the training that there is.
        ...(isTaken && { out: desk.freeRun('train') }),
      });
    },
    exporting: ({ path }) => exportForm(exportDesk, path),
    derive: ({ path }) => deriveForm(deriveDesk, path),
    comparing: ({ path }) => parityForm(parityDesk, path),
    parity: ({ path }) => screenOf(parityScreen, parityState(path)),
    compare: (paths) => comparing(paths),
  };
}
