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
    const page = await browser.newPage();
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
    await page.getByRole('button', { name: "This machine's map" }).click();
    // It is a PC's, or one that only root may read: what it is, is said; nothing is taken for what it is not.
    await page.locator('.findings li').first().waitFor();
    expect(await page.locator('.findings li').first().textContent()).toMatch(/^iomem of this machine /);
    expect(complaints).toEqual([]);
    await page.close();
  },
  TIMEOUT,
);
