import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from '../scripts/chromium.mjs';
import { overflow, schemes, seriousProblems, serveToBrowser, TIMEOUT } from './browser.ts';

/** Files that take a browser little time. */
const SMALL = 'kernelMib=1&initrdMib=1';
/** Where the pictures of a run are left, for people to look at. */
const artefacts = join(import.meta.dirname, '../test-artefacts');

const lab = serveToBrowser();
/** Each page's path, as the navigation has it. */
let paths: readonly string[] = [];

beforeAll(async () => {
  if (!hasChromium) return;
  await mkdir(artefacts, { recursive: true });
  const page = await lab.newPage();
  await page.goto(lab.url());
  await page.locator('nav a').first().waitFor();
  paths = await page.locator('nav a').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
  await page.close();
}, TIMEOUT);

/** Waits until a page computes nothing; a page begins to when it has been drawn. */
async function settled(page: Page): Promise<void> {
  await page.locator('main').waitFor();
  await page.waitForTimeout(300);
  await page.waitForSelector('main:not([aria-busy="true"])');
}

const nameOf = (path: string): string => path.replace(/^#\//, '') || 'reboot';

/** Does something with each view, one after the other; what is wrong names the view. */
async function withEach(
  address: string,
  look: (page: Page, requests: readonly string[], name: string) => Promise<readonly string[]>,
): Promise<void> {
  expect(paths.length).toBeGreaterThan(2);
  const wrong: string[] = [];
  for (const path of paths) {
    const { page, complaints, requests } = await lab.watched({ reducedMotion: 'reduce' });
    await page.goto(`${address}${path}?${SMALL}`);
    await settled(page);
    const found = await look(page, requests, nameOf(path));
    wrong.push(...[...complaints, ...found].map((what) => `${nameOf(path)}: ${what}`));
    await page.close();
  }
  expect(wrong).toEqual([]);
}

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** A server that knows nothing of the lab: it serves the built files below `/some/folder/`, and nothing else. */
async function serveFolder(): Promise<{ readonly url: string; readonly close: () => void }> {
  const built = join(import.meta.dirname, '../dist');
  const server = createServer((request, response) => {
    const name = (request.url ?? '')
      .replace(/^\/some\/folder\/$/, '/some/folder/index.html')
      .replace('/some/folder/', '');
    readFile(join(built, name)).then(
      (content) => response.setHeader('content-type', TYPES[extname(name)] ?? 'text/plain').end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { url: `http://127.0.0.1:${address.port}/`, close: () => server.close() };
}

describe('every view of the navigation', () => {
  test('is accessible in light, dark and forced colours', { timeout: 4 * TIMEOUT }, async () => {
    await withEach(lab.url(), async (page, _, name) => {
      const found: string[] = [];
      for (const [scheme, media] of Object.entries(schemes)) {
        await page.emulateMedia(media);
        await page.screenshot({
          path: join(artefacts, `${name}-${scheme}.png`),
          fullPage: true,
          animations: 'disabled',
        });
        found.push(...(await seriousProblems(page)).map((problem) => `${scheme}: ${problem}`));
      }
      return found;
    });
  });

  test('fits from 320 to 2560 px, and prints', { timeout: 4 * TIMEOUT }, async () => {
    await withEach(lab.url(), async (page, _, name) => {
      const found: string[] = [];
      for (const width of [320, 768, 2560]) {
        await page.setViewportSize({ width, height: 900 });
        const pixels = await overflow(page);
        if (pixels > 0) found.push(`${pixels} px too wide at ${width} px`);
        await page.screenshot({
          path: join(artefacts, `${name}-${width}.png`),
          fullPage: true,
          animations: 'disabled',
        });
      }
      const pdf = await page.pdf({ path: join(artefacts, `${name}.pdf`), format: 'A4' });
      if (pdf.length < 5_000) found.push('prints nothing');
      return found;
    });
  });

  test('comes from any server that serves files, from any folder', { timeout: 4 * TIMEOUT }, async () => {
    const server = await serveFolder();
    const folder = `${server.url}some/folder/`;
    await withEach(folder, async (_, requests) =>
      requests.filter((url) => !url.startsWith(folder) && !url.startsWith('data:') && !url.startsWith('blob:')),
    );
    server.close();
  });
});
