import { expect, test, vi } from 'vitest';

import { interruptible } from '../../../src/cli/shell/interrupt.ts';

test('the first signal asks, the second ends', async () => {
  vi.useFakeTimers();
  const exit = vi.spyOn(process, 'exit').mockImplementation((() => {}) as typeof process.exit);
  try {
    const before = process.listenerCount('SIGINT');
    await interruptible(async ({ stop, kill }) => {
      process.emit('SIGTERM');
      expect([stop.aborted, kill.aborted]).toEqual([true, false]);
      expect(stop.reason).toMatchObject({ code: 'interrupted', exitCode: 130 });
      process.emit('SIGINT');
      expect(kill.aborted).toBe(true);
      expect(exit).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1_000);
      expect(exit).toHaveBeenCalledWith(130);
    });
    expect(process.listenerCount('SIGINT')).toBe(before);
  } finally {
    exit.mockRestore();
    vi.useRealTimers();
  }
});
