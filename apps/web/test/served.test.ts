import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasChromium, launch } from '../scripts/chromium.mjs';
import { skipWithoutChromium, TIMEOUT } from './browser.ts';

const command = join(import.meta.dirname, '../../cli/dist/main.js');

let browser: Browser | undefined;
let served: ChildProcess | undefined;
let address = '';

beforeAll(async () => {
  if (!hasChromium) return;
  served = spawn(process.execPath, [command, 'lab'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [first] = await once(served.stdout?.setEncoding('utf8') ?? served, 'data');
  address = String(first).trim();
  browser = await launch();
}, TIMEOUT);

afterAll(async () => {
  await browser?.close();
  served?.kill('SIGINT');
});

skipWithoutChromium();

test(
  "the page works under the policy that kexeckit lab serves it with, and takes this machine's map",
  async () => {
    if (browser === undefined) throw new TypeError('the browser did not start');
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(TIMEOUT);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${address}#/?kernelMib=1&initrdMib=1`);
    await page.waitForFunction(() => document.querySelector('[data-testid=status]')?.textContent?.startsWith('done'));
    expect(await page.locator('.tab-total').allInnerTexts()).toEqual(
      Array(5).fill(expect.stringMatching(/^0\.\d{3} s$/)),
    );
    // The word is in this tab, and nowhere that is seen, copied or kept.
    const { origin, pathname } = new URL(address);
    const word = pathname.replaceAll('/', '');
    expect(new URL(page.url()).pathname).toBe('/');
    expect(new URL(page.url()).hash).toContain('kernelMib=1');
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
    await page.getByRole('button', { name: 'Link' }).click();
    await page.getByText('copied to the clipboard').waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link.startsWith(`${origin}/#/`)).toBe(true);
    expect(link).not.toContain(word);
    expect(
      await page.evaluate(() =>
        performance
          .getEntriesByType('resource')
          .map(({ name }) => name)
          .join(),
      ),
    ).not.toContain(word);
    await page.reload();
    const ofMachine = page.getByRole('button', { name: "This machine's map" });
    await ofMachine.click();
    // It is a PC's, or one that only root may read: what it is, is said; nothing is taken for what it is not.
    await page.locator('.findings li').first().waitFor();
    expect(await page.locator('.findings li').first().textContent()).toMatch(/^iomem of this machine /);
    // Whoever follows the link finds the view, and nothing of the host.
    const other = await context.newPage();
    other.setDefaultTimeout(TIMEOUT);
    await other.goto(link);
    await other.getByRole('button', { name: 'Run', exact: true }).waitFor();
    expect(await other.getByRole('button', { name: "This machine's map" }).count()).toBe(0);
    await other.getByRole('link', { name: 'Live' }).click();
    await other.getByText('The host does not know this tab').waitFor();
    await other.close();
    expect(complaints).toEqual([]);
    await context.close();
  },
  TIMEOUT,
);
