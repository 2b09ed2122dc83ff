/** Results in words. */

/** `61.24 %` of a share from 0 to 1. */
export function formatShare(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(2)} %` : 'an unknown share';
}

/** `0.9999` of 0.99996: what is said to be at least so much is not rounded up. */
export function formatAtLeast(value: number): string {
  return (Math.floor(value * 1e4) / 1e4).toFixed(4);
}

/** `1,234,567`. */
export function formatInteger(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** `3,349,342 (3.35 M)`; the scale is left out below a million. */
export function formatMillions(value: number): string {
  return value < 1e6 ? formatInteger(value) : `${formatInteger(value)} (${(value / 1e6).toFixed(2)} M)`;
}

/** `96.0 kB`, `13.60 MB`, `25.28 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(2)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
