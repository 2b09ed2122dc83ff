import { expect, test } from 'vitest';

import { withLargePages } from '../../src/run/large-pages.ts';

test('a process that computes asks for large pages, unless its user has tunables', () => {
  const asked = process.platform === 'linux' ? { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' } : {};
  expect(withLargePages({ HOME: '/home' })).toEqual({ HOME: '/home', ...asked });
  const own = { GLIBC_TUNABLES: 'glibc.malloc.check=1' };
  expect(withLargePages(own)).toEqual(own);
});
