/** How long something took, or when it was, as a person reads it: in a terminal, and on a page. */

/** `8s`, `1m 05s`, `2h 03m`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${two(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
}

/** `2026-11-28 14:06:07 UTC`, of a time as files have it. */
export function formatTime(at: string): string {
  return at.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
