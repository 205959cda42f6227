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

/** What each view shows when it works, and what of it the address has; of Live, what to start. */
const shows: Readonly<Record<string, readonly [selector: string, link?: string]>> = {
  reboot: ['.timeline [data-row] .total'],
  memory: ['[data-look=source] .legend-amount'],
  strategies: ['.comparison [data-row] .total'],
  reservation: ['[data-landing=crashkernel] code', '&line=crashkernel%3D512M'],
  player: ['.played:not(.stale):not([inert]) .program-lines .line'],
  tables: ['.tables [role=treeitem]'],
  evidence: ['.log-lines [role=option]', '&log=debian-kexec'],
  fleet: ['.fleet-map', '&rollout-example=stopped&rollout-at=50'],
  live: ['main code:text-is("npx kexeckit lab")'],
};

const lab = serveToBrowser();
const wrong: Readonly<Record<'access' | 'fit' | 'folder', string[]>> = { access: [], fit: [], folder: [] };
/** Each page's path, as the navigation has it. */
let paths: readonly string[] = [];

const nameOf = (path: string): string => path.replace(/^#\//, '') || 'reboot';

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

/** Each view is opened once, from the folder, and looked at from all sides. */
beforeAll(async () => {
  if (!hasChromium) return;
  await mkdir(artefacts, { recursive: true });
  const server = await serveFolder();
  const folder = `${server.url}some/folder/`;
  const page = await lab.newPage();
  await page.goto(folder);
  await page.locator('nav a').first().waitFor();
  paths = await page.locator('nav a').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
  await page.close();
  for (const path of paths) {
    const name = nameOf(path);
    const { page: view, complaints, requests } = await lab.watched({ reducedMotion: 'reduce' });
    const [selector = 'main', link = ''] = shows[name] ?? [];
    await view.goto(`${folder}${path}?${SMALL}${link}`);
    await view.locator(selector).first().waitFor();
    await view.waitForSelector('main:not([aria-busy="true"])');
    wrong.folder.push(...complaints, ...requests.filter((url) => !isFrom(folder, url)));
    wrong.access.push(...(await problemsOf(view, name)));
    wrong.fit.push(...(await misfitsOf(view, name)));
    await view.close();
  }
  server.close();
}, 8 * TIMEOUT);

const isFrom = (folder: string, url: string): boolean =>
  [folder, 'data:', 'blob:'].some((start) => url.startsWith(start));

async function problemsOf(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  for (const [scheme, media] of Object.entries(schemes)) {
    await page.emulateMedia(media);
    await shoot(page, `${name}-${scheme}`);
    found.push(...(await seriousProblems(page)).map((problem) => `${name}, ${scheme}: ${problem}`));
  }
  await page.emulateMedia(schemes.light);
  return found;
}

async function misfitsOf(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  for (const width of [320, 768, 2560]) {
    await page.setViewportSize({ width, height: 900 });
    const pixels = await overflow(page);
    if (pixels > 0) found.push(`${name}: ${pixels} px too wide at ${width} px`);
    await shoot(page, `${name}-${width}`);
  }
  const pdf = await page.pdf({ path: join(artefacts, `${name}.pdf`), format: 'A4' });
  if (pdf.length < 5_000) found.push(`${name}: prints nothing`);
  return found;
}

const shoot = (page: Page, name: string): Promise<unknown> =>
  page.screenshot({ path: join(artefacts, `${name}.png`), fullPage: true, animations: 'disabled' });

describe('every view of the navigation', () => {
  test('is one that is known here', () => {
    expect(paths.map(nameOf).toSorted()).toEqual(Object.keys(shows).toSorted());
  });

  test('is accessible in light, dark and forced colours', () => {
    expect(wrong.access).toEqual([]);
  });

  test('fits from 320 to 2560 px, and prints', () => {
    expect(wrong.fit).toEqual([]);
  });

  test('works from any server that serves files, from any folder, and asks nobody else', () => {
    expect(wrong.folder).toEqual([]);
  });
});
