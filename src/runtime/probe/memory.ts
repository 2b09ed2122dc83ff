/** How much memory this machine has for tensors. Asked before a run begins that may need more. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { totalmem } from 'node:os';

/** In bytes: what the machine has, or what the container of this process may use of it. */
export function hostMemory(
  machine: number = totalmem(),
  container: number = process.constrainedMemory(),
): number {
  // 0, or more than there is, where nothing limits the process.
  return container > 0 ? Math.min(machine, container) : machine;
}

/**
 * In bytes, of the NVIDIA card with the most; 0 where there is none. A card that does not tell may have any amount:
 * Infinity.
 */
export function cardMemory(): number {
  if (!['/dev/nvidiactl', '/dev/dxg'].some((device) => existsSync(device))) return 0;
  try {
    const query = ['--query-gpu=memory.total', '--format=csv,noheader,nounits'];
    const answer = execFileSync('nvidia-smi', query, { timeout: 10_000, encoding: 'utf8', stdio: 'pipe' });
    return largestCard(answer);
  } catch {
    // No such program, or one that finds no driver.
    return Infinity;
  }
}

/** From one number of mebibytes a line. */
export function largestCard(answer: string): number {
  const sizes = answer.split('\n').flatMap((line) => (line.trim() === '' ? [] : [Number(line) * 2 ** 20]));
  return sizes.length === 0 || sizes.some(Number.isNaN) ? Infinity : Math.max(...sizes);
}
