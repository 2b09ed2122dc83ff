/** Numbers as a person reads them. */

/** `120/268 img`, `12.3/170 MB`; without a total `120 img`. */
export function formatCount(done: number, total: number, unit: string): string {
  if (unit !== 'bytes') {
    return total > 0 ? `${integer(done)}/${integer(total)} ${unit}` : `${integer(done)} ${unit}`;
  }
  const { divisor, name } = byteScale(Math.max(done, total));
  const scaled = (bytes: number) => short(bytes / divisor);
  return total > 0 ? `${scaled(done)}/${scaled(total)} ${name}` : `${scaled(done)} ${name}`;
}

/** `1 epoch`, `1,200 epochs`. */
export function counted(count: number, noun: string): string {
  return `${integer(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `35.2 img/s`, `3.20 MB/s`. */
export function formatRate(rate: number, unit: string): string {
  if (unit !== 'bytes') return `${short(rate)} ${unit}/s`;
  const { divisor, name } = byteScale(rate);
  return `${short(rate / divisor)} ${name}/s`;
}

/** ` 45%`, of a constant width. Only what is done is 100%. */
export function formatPercent(done: number, total: number): string {
  return `${Math.floor((100 * done) / total)}%`.padStart(4);
}

function byteScale(bytes: number): { readonly divisor: number; readonly name: string } {
  if (bytes >= 1e9) return { divisor: 1e9, name: 'GB' };
  if (bytes >= 1e6) return { divisor: 1e6, name: 'MB' };
  return { divisor: 1e3, name: 'kB' };
}

/** Three figures that matter. */
function short(value: number): string {
  if (value >= 99.95) return integer(Math.round(value));
  return value.toFixed(value >= 9.995 ? 1 : 2);
}

const integers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

function integer(value: number): string {
  return integers.format(value);
}
