import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { hasChromium, launch, serveLab } from '../scripts/chromium.mjs';

/** What is waited for may take many times as long on a host that has much else to do. */
export const TIMEOUT = 120_000;

/** How a page is opened. */
export type PageOptions = Parameters<Browser['newPage']>[0];

/** What a page said that it should not have said. */
export interface Watched {
  readonly page: Page;
  readonly complaints: string[];
  readonly requests: string[];
}

/** The built lab, served to a browser. */
export interface ServedLab {
  /** Where it is. */
  readonly url: () => string;
  /** An empty page. */
  readonly newPage: (options?: PageOptions) => Promise<Page>;
  /** Empty pages of one browser, as somebody's tabs are. */
  readonly newTabs: (count: number) => Promise<Page[]>;
  /** An empty page that notes what is said and asked for in it. */
  readonly watched: (options?: PageOptions) => Promise<Watched>;
}

/** Skips the tests of a file where there is no browser, which fails the run where CI is set. */
export function skipWithoutChromium(): void {
  beforeEach((ctx) => {
    // Not everybody who works on a package has a browser. Where CI is set, whatever is skipped fails the run.
    if (!hasChromium) ctx.skip('Chromium is not installed: apt-get install chromium');
  });
}

/** Serves the lab and starts a browser for the tests of a file, which are skipped where there is none. */
export function serveToBrowser(): ServedLab {
  let lab: Awaited<ReturnType<typeof serveLab>> | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (!hasChromium) return;
    lab = await serveLab();
    browser = await launch();
  }, TIMEOUT);
  afterAll(async () => {
    await browser?.close();
    await lab?.close();
  });
  skipWithoutChromium();
  const started = (): Browser => {
    if (browser === undefined) throw new Error('the browser did not start');
    return browser;
  };
  const newPage = async (options: PageOptions = {}): Promise<Page> => {
    const page = await started().newPage(options);
    page.setDefaultTimeout(TIMEOUT);
    return page;
  };
  const newTabs = async (count: number): Promise<Page[]> => {
    const context = await started().newContext();
    context.setDefaultTimeout(TIMEOUT);
    return await Promise.all(Array.from({ length: count }, () => context.newPage()));
  };
  return {
    url: () => {
      if (lab === undefined) throw new Error('the lab is not served');
      return lab.url;
    },
    newPage,
    newTabs,
    watched: async (options = {}) => await watch(await newPage({ viewport: { width: 1280, height: 900 }, ...options })),
  };
}

async function watch(page: Page): Promise<Watched> {
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  await page.addInitScript(() => {
    Object.assign(window, { shifted: 0 });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const shift = 'value' in entry && typeof entry.value === 'number' ? entry.value : 0;
        Object.assign(window, { shifted: Number(Reflect.get(window, 'shifted')) + shift });
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  return { page, complaints, requests };
}

/** Waits until a page has computed what it shows. */
export const computed = async (page: Page): Promise<void> => {
  await page.waitForSelector('main[aria-busy="false"]');
};

/** As it is seen, once it is there: what stands apart has a blank between. */
export async function text(page: Page, selector: string): Promise<string> {
  const shown = page.locator(selector);
  await shown.first().waitFor({ state: 'attached' });
  const [first = ''] = await shown.allInnerTexts();
  return first.replace(/\s+/g, ' ').trim();
}

/** Pixels that the page is wider than its window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

/** What axe finds serious or critical. */
export async function seriousProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const engine: typeof axe = Reflect.get(window, 'axe');
    const { violations } = await engine.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

/** The ways that a page is looked at; each says all, whichever was before it. */
export const schemes = {
  light: { colorScheme: 'light', forcedColors: 'none' },
  dark: { colorScheme: 'dark', forcedColors: 'none' },
  forced: { colorScheme: 'dark', forcedColors: 'active' },
} as const;

/** What axe finds serious or critical in each scheme; the page stays in the last one. */
export async function problemsInSchemes(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const [scheme, media] of Object.entries(schemes)) {
    await page.emulateMedia(media);
    found.push(...(await seriousProblems(page)).map((problem) => `${scheme}: ${problem}`));
  }
  return found;
}
