/** A page in a real browser, as a user has it: what is dropped on it, what it asks for, and what it complains of. */
import { startChromium } from '../../src/runtime/browser/chromium.ts';
import { findBrowser } from '../../src/runtime/browser/find.ts';

/** The browser here; undefined where there is none. */
export function browserHere(): string | undefined {
  try {
    return findBrowser();
  } catch {
    return undefined;
  }
}

export interface UsersPage {
  /** The value of an expression in the page, which may be a promise. */
  evaluate(expression: string): Promise<unknown>;
  /** Drops a file in the middle of the window, as a user's hand does. */
  drop(file: string): Promise<void>;
  /** All that the page asked for, and what it complained of. */
  readonly asked: readonly string[];
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Opens `url`. No host but this one can be reached from the browser. */
export async function openPage(browser: string, url: string): Promise<UsersPage> {
  const chromium = await startChromium(browser, ['--disable-gpu']);
  const page = await chromium.open('about:blank');
  const [asked, complaints]: [string[], string[]] = [[], []];
  page.onEvent((method, params) => {
    if (method === 'Network.requestWillBeSent') {
      asked.push((params as { readonly request: { readonly url: string } }).request.url);
    } else if (method === 'Runtime.exceptionThrown' || method === 'Log.entryAdded') {
      complaints.push(JSON.stringify(params));
    }
  });
  await Promise.all(['Network', 'Runtime', 'Log'].map(async (domain) => page.tell(`${domain}.enable`)));
  await page.tell('Page.navigate', { url });
  return {
    evaluate: async (expression) => page.evaluate(expression),
    async drop(file) {
      const data = { items: [], files: [file], dragOperationsMask: 1 };
      for (const type of ['dragEnter', 'dragOver', 'drop']) {
        await page.tell('Input.dispatchDragEvent', { type, x: 300, y: 250, data });
      }
    },
    asked,
    complaints,
    close: async () => chromium.close(),
  };
}
