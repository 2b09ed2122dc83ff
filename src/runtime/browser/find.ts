/** The browser of this machine: Chromium, or one that is made of it. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, resolve, sep } from 'node:path';
import { NascentError } from '../../errors.ts';

/** The variable that says where it is, before all that is looked for. */
export const browserVariable = 'NASCENT_BROWSER';

const commands = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'chrome.exe',
  'msedge.exe',
];

/** Where installers put it that put it on no path. */
const places: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: [
    String.raw`C:\Program Files\Google\Chrome\Application\chrome.exe`,
    String.raw`C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe`,
  ],
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Its file.
 *
 * @throws NascentError 'runtime/unavailable' where there is none, or none where the variable says
 */
export function findBrowser(env: Environment = process.env, platform = process.platform): string {
  const path = env['PATH'] ?? env['Path'] ?? '';
  // An empty entry is the current folder, in which nobody keeps a browser on purpose.
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  const onPath = (name: string) => folders.map((folder) => resolve(folder, name));
  const said = env[browserVariable];
  if (said !== undefined && said !== '') {
    const isPath = said.includes('/') || said.includes(sep);
    const found = (isPath ? [resolve(said)] : onPath(said)).find(isProgram);
    if (found !== undefined) return found;
    throw new NascentError('runtime/unavailable', `${browserVariable} is "${said}", which is no program`, {
      help: `Let it be the path of Chromium, Chrome or Edge, or leave it out: unset ${browserVariable}.`,
    });
  }
  const found = [...commands.flatMap(onPath), ...(places[platform] ?? [])].find(isProgram);
  if (found !== undefined) return found;
  throw new NascentError('runtime/unavailable', 'no browser was found', {
    help: `Install Chromium (Debian: \`sudo apt-get install chromium\`), Chrome or Edge, or say where it is: ${browserVariable}=/path/to/chrome.`,
  });
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
