/** The screens that the hub opens. */

import type { HubDoors } from '../../tui/interface/hub/hub.ts';

export const hubDoors: HubDoors = {};
