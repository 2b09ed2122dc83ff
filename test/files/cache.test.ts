import { describe, expect, it } from 'vitest';

import { cacheFolder } from '../../src/files/cache.ts';

const linux = { platform: 'linux', home: '/home/ada' } as const;

describe('cacheFolder', () => {
  it.each([
    ['Linux', linux, {}, '/home/ada/.cache/nascent'],
    ['an XDG folder', linux, { XDG_CACHE_HOME: '/var/c' }, '/var/c/nascent'],
    [
      'a relative XDG folder, which does not count',
      linux,
      { XDG_CACHE_HOME: 'c' },
      '/home/ada/.cache/nascent',
    ],
    ['macOS', { platform: 'darwin', home: '/Users/ada' }, {}, '/Users/ada/Library/Caches/nascent'],
    ['Windows', { platform: 'win32', home: 'C:\\ada' }, { LOCALAPPDATA: 'D:\\local' }, 'D:\\local\\nascent'],
    ['Windows without it', { platform: 'win32', home: 'C:\\ada' }, {}, 'C:\\ada\\AppData\\Local\\nascent'],
    ['our own variable before all', linux, { NASCENT_CACHE: '/big', XDG_CACHE_HOME: '/var/c' }, '/big'],
    ['our own variable, empty', linux, { NASCENT_CACHE: '' }, '/home/ada/.cache/nascent'],
  ] as const)('%s', (_, machine, env, expected) => {
    expect(cacheFolder({ ...machine, env })).toBe(expected);
  });
});
