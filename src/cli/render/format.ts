/** Results in words. */

/** `61.24 %` of a share from 0 to 1. */
export function formatShare(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(2)} %` : 'an unknown share';
}

/** `1,234,567`. */
export function formatInteger(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** `3,349,342 (3.35 M)`; the scale is left out below a million. */
export function formatMillions(value: number): string {
  return value < 1e6 ? formatInteger(value) : `${formatInteger(value)} (${(value / 1e6).toFixed(2)} M)`;
}

/** `13.6 MB`. */
export function formatBytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
}
