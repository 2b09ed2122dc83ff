/** All the tables of settings there are. */
import { searchSettings } from '../images/search-settings.ts';
import { trainSettings } from '../images/train-settings.ts';
import { rnnSearchSettings } from '../text/search-settings.ts';
import { rnnTrainSettings } from '../text/train-settings.ts';
import type { SettingsTable } from './table.ts';

export const settingsTables: readonly SettingsTable[] = [
  searchSettings,
  trainSettings,
  rnnSearchSettings,
  rnnTrainSettings,
];
