/**
 * The look of a page: light, or dark on a screen whose owner prefers that; on paper always light.
 *
 * Tiles stand in tracks of one width, so the last of a row is no wider than the others.
 */
import { dark, light, rules, type Palette } from './theme.ts';

export const pageStyle = `
${variables(light)}
${rules(light).join('\n')}
@media screen and (prefers-color-scheme: dark) {
${variables(dark)}
${rules(dark).join('\n')}
}
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--background);
  max-width: 1180px; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.5rem; margin: 0 0 0.2rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 0 0 0.8rem; } h3 { font-size: 1rem; margin: 1.2rem 0 0.4rem; }
section { margin-top: 2.4rem; }
p { margin: 0.4rem 0 0.8rem; }
.quiet, figcaption { color: var(--muted); }
.good { color: var(--good); } .bad { color: var(--bad); }
.notes { border-left: 4px solid var(--bad); background: var(--panel); padding: 0.6rem 1rem; margin: 1rem 0; }
.notes ul { margin: 0.2rem 0; padding-left: 1.2rem; }
svg { display: block; width: 100%; height: auto; }
.cell svg { width: auto; max-width: 100%; margin: 0 auto; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 440px), 1fr)); gap: 1rem; align-items: start; }
.tile { min-width: 0; break-inside: avoid; }
figure { margin: 0; } figcaption { font-size: 0.85rem; margin-bottom: 0.4rem; }
table { border-collapse: collapse; }
th { text-align: left; font-weight: 500; }
th, td { padding: 0.2rem 1.4rem 0.2rem 0; vertical-align: top; overflow-wrap: anywhere; }
.facts th { white-space: nowrap; color: var(--muted); }
.wide { overflow-x: auto; }
.matrix th, .matrix td { border-bottom: 1px solid var(--border); padding-right: 1rem; overflow-wrap: break-word; }
.matrix th[scope='row'] { min-width: 8rem; max-width: 22rem; } .verdict { min-width: 9rem; max-width: 26rem; }
.matrix { font-size: 0.92em; } .matrix thead th { white-space: normal; max-width: 6.5rem; vertical-align: bottom; }
.matrix td:not(.number) { min-width: 6.5rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bar { width: 14rem; min-width: 5rem; } .bar div { height: 0.9em; margin-top: 0.3em; background: var(--heat); }
.heat { font-size: 12.5px; line-height: 1.2; }
.heat th { padding: 0 0.5rem 0 0; white-space: nowrap; font-weight: 400; vertical-align: middle; }
.heat thead th { padding: 0 0 0.3rem; vertical-align: bottom; text-align: center; }
.heat thead span { writing-mode: vertical-rl; transform: rotate(180deg); }
.heat td { width: 2.6rem; padding: 0.25rem; text-align: center; font-variant-numeric: tabular-nums;
  border: 1px solid var(--background); background: color-mix(in srgb, var(--heat) calc(var(--w) * 100%), var(--panel)); }
.heat.broad td { width: 1.75rem; padding: 0.25rem 0; }
.heat td.kept { font-weight: 700; outline: 2px solid var(--ink); outline-offset: -3px; }
.heat td, .bar div { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.slider { display: flex; gap: 1rem; align-items: center; margin-bottom: 0.8rem; }
.slider input { flex: 1; accent-color: var(--good); }
.slider output { min-width: 11rem; }
.stack { display: grid; grid-template-columns: minmax(0, 1fr); } .stack > * { grid-area: 1 / 1; }
.stack > [hidden] { display: block !important; visibility: hidden; }
[hidden] { display: none !important; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 13px; }
summary { cursor: pointer; }
@media print {
  body { max-width: none; margin: 0; font-size: 11pt; }
  .slider input { display: none; }
  .wide { overflow: visible; }
  h2 { break-after: avoid; } tr, figure { break-inside: avoid; }
  .grid { grid-template-columns: 1fr 1fr; }
}
`;

function variables(palette: Palette): string {
  const { background, panel, border, ink, muted, heat, good, bad } = palette;
  const list = Object.entries({ background, panel, border, ink, muted, heat, good, bad });
  const scheme = palette === dark ? 'dark' : 'light';
  return `:root { color-scheme: ${scheme}; ${list.map(([name, colour]) => `--${name}: ${colour};`).join(' ')} }`;
}
