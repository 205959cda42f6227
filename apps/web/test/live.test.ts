import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { phaseOrder } from '@kexeckit/reboot';
import { debianFiles, debianKernel, skipWithout, whyNoDebianKernel } from '@kexeckit/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hasChromium } from '../scripts/chromium.mjs';
import { defaultWishes } from '../src/desk/wishes.ts';
import { overflow, problemsInSchemes, serveToBrowser, text, type Watched } from './browser.ts';

/** A boot of a real kernel in software, on a host that has much else to do. */
const BOOT = 300_000;

const command = join(import.meta.dirname, '../../cli/dist/main.js');
const lab = serveToBrowser();

/** What is wrong with a page, however it is looked at, in a narrow window. */
async function expectGood(page: Page): Promise<void> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 800 });
  expect(await overflow(page)).toBe(0);
  expect(await problemsInSchemes(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: null, forcedColors: null });
  if (before !== null) await page.setViewportSize(before);
}

test(
  'served by anybody, says what to start, and asks nobody for anything',
  async () => {
    const { page, complaints, requests } = await lab.watched();
    await page.goto(`${lab.url()}#/live`);
    await page.getByText('npx kexeckit lab').waitFor();
    expect(requests.filter((url) => url.includes('/host/'))).toEqual([]);
    await expectGood(page);
    expect(complaints).toEqual([]);
    await page.close();
  },
  BOOT,
);

describe('served by kexeckit lab', () => {
  const mark = `KEXECKIT_TEST=${randomUUID()}`;
  let served: ChildProcess | undefined;
  let shared: Watched | undefined;

  beforeEach((ctx) => skipWithout(ctx, whyNoDebianKernel()));
  beforeAll(async () => {
    if (!hasChromium || whyNoDebianKernel() !== undefined) return;
    const [name = '', value = ''] = mark.split('=');
    served = spawn(process.execPath, [command, 'lab'], {
      env: { ...process.env, [name]: value },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [first] = await once(served.stdout?.setEncoding('utf8') ?? served, 'data');
    shared = await lab.watched();
    await shared.page.goto(
      `${String(first).trim()}#/live?kernelMib=1&initrdMib=1&live-cmdline=console%3DttyAMA0+rdinit%3D%2Fbin%2Fsh`,
    );
  }, BOOT);
  afterAll(() => {
    served?.kill('SIGINT');
  });
  const page = (): Page => {
    if (shared === undefined) throw new TypeError('the page did not open');
    return shared.page;
  };

  /** Processes of this lab that are a QEMU. */
  const machines = (): string[] =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => readOf(pid, 'environ').split('\0').includes(mark))
      .filter((pid) => readOf(pid, 'cmdline').includes('qemu-system-aarch64'));
  const verdict = (words: string): Promise<void> =>
    page().locator('[data-testid=verdict]', { hasText: words }).waitFor({ timeout: BOOT });
  const standing = (): Promise<(string | null)[]> =>
    page()
      .locator('[data-standing=done], [data-standing=lasts]')
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-phase')));
  const screen = async (): Promise<string> =>
    ((await page().locator('.xterm-rows').textContent()) ?? '').replaceAll('\u00a0', ' ');
  const seen = async (sign: RegExp): Promise<void> => {
    while (!sign.test(await screen())) await sleep(200);
  };

  test(
    "boots Debian's kernel before one's eyes, and types on its console",
    async () => {
      await page().getByLabel('Open files').setInputFiles([debianFiles.kernel, debianFiles.initrd]);
      await page().locator('.items li').nth(1).waitFor();
      const chosen = ['Strategy', 'Exception level'].map((name) => page().getByLabel(name).inputValue());
      expect(await Promise.all(chosen)).toEqual([defaultWishes.strategy, defaultWishes.exceptionLevel]);
      await page().getByRole('button', { name: 'Start' }).click();
      await page().locator('[data-phase=startup][data-standing=lasts]').waitFor({ timeout: BOOT });
      expect(machines().length).toBeGreaterThan(0);
      // Phases that this machine has no use for are passed over; the others follow each other.
      const passed = ['rehearse', 'shutdown', 'checksum'];
      const order: string[] = phaseOrder.map(({ name }) => name).filter((name) => !passed.includes(name));
      expect(await standing()).toEqual(order);
      await verdict('The next kernel is up');
      await page().locator('.xterm').click();
      await page().keyboard.type('echo mark-$((6*7))\n');
      await seen(/mark-42/);
      await expectGood(page());
      // It runs on, and what it came to is there.
      expect(await text(page(), '.live-evidence')).toContain('Run /bin/sh as init process');
      await page().getByRole('button', { name: 'Timeline of its console' }).click();
      await page().locator('.log-choice', { hasText: 'console of the live boot' }).waitFor();
      await page().getByText('Run /bin/sh as init process').first().waitFor();
      await page().getByRole('link', { name: 'Live' }).click();
      expect(machines().length).toBeGreaterThan(0);
      await page().getByRole('button', { name: 'End', exact: true }).click();
      await verdict('The next kernel arrived');
      expect(machines()).toEqual([]);
      const { kernel, initrd } = debianKernel();
      const [version = 'none'] = /Linux version \d\S+/.exec(Buffer.from(kernel).toString('latin1')) ?? [];
      const evidence = await text(page(), '.live-evidence');
      expect(evidence).toContain(version);
      expect(evidence).toContain('Run /bin/sh as init process');
      await page().getByText('SHA-256 of each').click();
      const pages = Buffer.alloc(Math.ceil(initrd.length / 4096) * 4096);
      pages.set(initrd);
      const digest = createHash('sha256').update(pages).digest('hex');
      expect(await text(page(), '.live-evidence')).toContain(digest);
      // Whoever looks at another page finds all of it again.
      await page().getByRole('link', { name: 'Strategies' }).click();
      await page().locator('.xterm').waitFor({ state: 'detached' });
      await page().getByRole('link', { name: 'Live' }).click();
      await seen(/mark-42/);
      await verdict('The next kernel arrived');
    },
    BOOT,
  );

  test(
    'Cancel ends the machine; what it came to is told',
    async () => {
      await page().getByRole('button', { name: 'Start' }).click();
      await page().locator('[data-phase=startup][data-standing=lasts]').waitFor({ timeout: BOOT });
      expect(machines().length).toBeGreaterThan(0);
      await page().getByRole('button', { name: 'Cancel' }).click();
      await verdict('Ended before it arrived');
      expect(machines()).toEqual([]);
      expect(await text(page(), '[data-phase=startup] .live-standing')).toContain('failed');
      await expectGood(page());
    },
    BOOT,
  );

  test(
    'without a kernel a generated one goes up to the jump; a wrong value says so beside its field',
    async () => {
      await page().getByRole('button', { name: 'Take the kernel away' }).click();
      await page().getByLabel('CPUs').fill('0');
      await page().getByText('a whole number from 1 to 8').waitFor();
      expect(await page().getByRole('button', { name: 'Start' }).isDisabled()).toBe(true);
      await page().getByLabel('CPUs').fill('1');
      await page().getByRole('button', { name: 'Start' }).click();
      await verdict('It reached its jump');
      expect(machines()).toEqual([]);
      expect(shared?.complaints).toEqual([]);
    },
    BOOT,
  );
});

/** A file of a process; empty where it is gone by now, or not ours to read. */
function readOf(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
