import { afterEach, expect, test, vi } from 'vitest';

import { holdByShell } from '../../src/tui/job-control.ts';

afterEach(() => vi.useRealTimers());

test('what goes on in the background takes the terminal once it is in front, and not when it is let go', () => {
  vi.useFakeTimers();
  const inFront = vi.fn(() => false);
  const [give, take] = [vi.fn(), vi.fn()];
  const release = holdByShell({ give, take }, inFront);
  process.emit('SIGCONT', 'SIGCONT');
  vi.advanceTimersByTime(10_000);
  expect(take).not.toHaveBeenCalled();
  inFront.mockReturnValue(true);
  vi.advanceTimersByTime(1_000);
  expect(take).toHaveBeenCalledOnce();

  inFront.mockReturnValue(false);
  process.emit('SIGCONT', 'SIGCONT');
  release();
  inFront.mockReturnValue(true);
  vi.advanceTimersByTime(10_000);
  expect(take).toHaveBeenCalledOnce();
  expect(give).not.toHaveBeenCalled();
});
