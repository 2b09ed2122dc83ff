/** The screens that the hub opens. */

import type { HubDoors } from '../../tui/interface/hub/hub.ts';
import { parityScreen, parityState } from '../../tui/interface/parity/parity.ts';
import { screenOf } from '../../tui/interface/screen.ts';

export const hubDoors: HubDoors = {
  parity: ({ path }) => screenOf(parityScreen, parityState(path)),
};
