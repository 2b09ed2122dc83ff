/**
 * Writes docs/images/watch.svg and docs/images/hub.svg, frames of the interface of a real run and of the folder it is in,
 * and docs/images/compare.svg, of two published cells: `npm run docs:screens RUN`. What the interface draws is put on an emulated terminal, and the picture is made of its cells.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import { comparing } from '../../src/cli/interface/comparing.ts';
import { hubDoors } from '../../src/cli/interface/doors.ts';
import { listRuns } from '../../src/run/list-runs.ts';
import { watchRun } from '../../src/run/watch.ts';
import { hubScreen } from '../../src/tui/interface/hub/hub.ts';
import { hubState } from '../../src/tui/interface/hub/state.ts';
import { beginning, told, topOf } from '../../src/tui/interface/interface.ts';
import { watchMachine } from '../../src/tui/interface/machine.ts';
import { screenOf } from '../../src/tui/interface/screen.ts';
import type { AnyScreen } from '../../src/tui/interface/screen.ts';
import { watchScreen, watchState } from '../../src/tui/interface/watch/watch.ts';
import { loadProductionReact } from '../../src/tui/production-react.ts';
import { testTerminal } from '../../test/support/terminal.ts';
import { terminalSvg } from './terminal-svg.ts';

/** The screen, told all that it asks for, as SVG. */
async function picture(screen: AnyScreen, title: string, columns: number, rows: number): Promise<string> {
  let state = beginning(screen);
  const { folder } = screen.needs;
  if (folder !== undefined) state = told(state, { kind: 'listed', folder, runs: listRuns(folder) });
  for (const path of topOf(state).needs.runs ?? []) {
    // A search asks for its training, which need not be there.
    if (existsSync(path)) state = told(state, { kind: 'watched', watched: watchRun(path).look() });
  }
  state = told(state, { kind: 'machine', use: watchMachine().look(undefined) });
  loadProductionReact();
  const { interfaceLines } = await import('../../src/tui/interface/views.tsx');
  const look = { colour: true, ascii: false };
  const lines = interfaceLines(state, { columns, rows, look, now: Date.now() });
  const terminal = testTerminal(columns, rows);
  terminal.stream.write(lines.join('\r\n'));
  await terminal.settled();
  return terminalSvg(terminal.cells(), title);
}

const [run] = process.argv.slice(2);
if (run === undefined) throw new Error('give the folder of a run: npm run docs:screens runs/s1');
const write = (name: string, svg: string) =>
  writeFileSync(fileURLToPath(new URL(`../images/${name}.svg`, import.meta.url)), svg);
write('watch', await picture(screenOf(watchScreen, watchState(run)), 'nascent watch', 120, 36));
write('compare', await picture(comparing(['DARTS_V1', 'DARTS_V2']), 'nascent compare --ui', 120, 30));
const folder = dirname(run);
write('hub', await picture(screenOf(hubScreen(hubDoors(folder)), hubState(folder)), 'nascent ui', 120, 24));
