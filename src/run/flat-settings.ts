/** Settings as a list, to be shown or compared: every one by its path, nested names joined by dots, as text. */
export function flatSettings(
  settings: unknown,
  prefix = '',
): readonly (readonly [path: string, value: string])[] {
  if (typeof settings === 'object' && settings !== null && !Array.isArray(settings)) {
    return Object.entries(settings).flatMap(([name, each]) =>
      flatSettings(each, prefix === '' ? name : `${prefix}.${name}`),
    );
  }
  return [[prefix, Array.isArray(settings) ? settings.join(', ') : String(settings)]];
}
