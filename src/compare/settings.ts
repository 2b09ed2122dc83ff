/** The settings that differ between searches of one task, or trainings. Of a damaged run none may be known. */
import type { Group } from './groups.ts';
import type { ComparedSettings } from './model.ts';

export function compareSettings({ stage, task, members: all }: Group): readonly ComparedSettings[] {
  const members = all.filter(({ of }) => Object.keys(of.settings).length > 0);
  if (members.length < 2) return [];
  const names = [...new Set(members.flatMap(({ of }) => Object.keys(of.settings)))];
  const rows = names.map((name) => {
    const values = members.map(({ of: { settings } }) => {
      const value = settings[name];
      return value === undefined ? null : { value };
    });
    return { name, values, same: new Set(values.map((value) => JSON.stringify(value))).size === 1 };
  });
  const compared = {
    stage,
    task,
    members: members.map(({ side }) => side),
    same: rows.filter(({ same }) => same).length,
    different: rows.flatMap(({ name, values, same }) => (same ? [] : [{ name, values }])),
  };
  return [compared];
}
