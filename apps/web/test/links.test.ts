import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { hasChromium } from '../scripts/chromium.mjs';
import { computed, serveToBrowser, TIMEOUT, type Watched } from './browser.ts';

const SMALL = 'kernelMib=1&initrdMib=1';
const lab = serveToBrowser();
let opened: Watched | undefined;

beforeAll(async () => {
  if (!hasChromium) return;
  opened = await lab.watched();
  await opened.page.goto(`${lab.url()}#/?${SMALL}&seed=7`);
  await computed(opened.page);
}, TIMEOUT);

function page(): Page {
  if (opened === undefined) throw new Error('the lab did not open');
  return opened.page;
}

/** Follows a link as a person does who puts it into the address of an open lab. */
const follow = (fragment: string): Promise<void> =>
  page().evaluate((to) => {
    location.hash = to;
  }, fragment);

const seed = (): Promise<string> => page().getByLabel('Seed').inputValue();
const board = (): Promise<string> => page().getByLabel('Machine').inputValue();

test('a link that is followed in an open lab sets the desk, and the way back leads back', {
  timeout: TIMEOUT,
}, async () => {
  await follow(`#/?${SMALL}&seed=77&board=raspberrypi_4b_4g`);
  await expect.poll(seed).toBe('77');
  expect(await board()).toBe('raspberrypi_4b_4g');
  // What is shown is of before, and says so.
  await page().getByText('press Run for what is on the desk').first().waitFor();
  const shownOf = await page().evaluate(() => {
    document.querySelector<HTMLElement>('button.run')?.click();
    return document.querySelector('.reboot-map .section-head p')?.textContent?.split(';')[0];
  });
  expect(shownOf).toBe('Broadcom Stingray, 48 GiB in four banks');
  await page().getByRole('button', { name: 'Cancel' }).click();
  await page().goBack();
  await expect.poll(seed).toBe('7');
  expect(await board()).toBe('broadcom_stingray_bcm958742k');
});

test('what one page keeps in the address is nothing to another', { timeout: TIMEOUT }, async () => {
  await follow(`#/reservation?${SMALL}&line=crashkernel%3D256M`);
  const line = page().getByRole('textbox', { name: 'Command line' });
  await expect.poll(() => line.inputValue()).toBe('crashkernel=256M');
  await page().getByRole('link', { name: 'Reboot', exact: true }).click();
  expect(await page().getByRole('button', { name: 'Run', exact: true }).isEnabled()).toBe(true);
  await page().getByRole('link', { name: 'Reservation' }).click();
  await expect.poll(() => line.inputValue()).toBe('crashkernel=256M');
});

test('a link that says what cannot be is complained of where it is seen', { timeout: TIMEOUT }, async () => {
  await follow(`#/?${SMALL}&exceptionLevel=3&breadcrumbs=no&cmdline=${'a'.repeat(3000)}`);
  await page().locator('.bad').nth(2).waitFor();
  expect(await page().locator('.bad').filter({ visible: true }).allInnerTexts()).toEqual([
    'one of 1, 2',
    '3000 bytes; a kernel keeps 2047',
    'yes or nothing',
  ]);
  expect(await page().getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true);
  expect(opened?.complaints).toEqual([]);
});

test('what does not load says so, and is there when its server is', { timeout: TIMEOUT }, async () => {
  const problem = page().getByRole('alert');
  const again = page().getByRole('button', { name: 'Try again' });
  const says = async (): Promise<void> => {
    await again.waitFor();
    expect(await problem.textContent()).toMatch(/^EIO a part of the lab did not load.*see whether its server/);
  };
  const isThere = async (): Promise<void> => {
    await page().context().setOffline(false);
    await again.click();
    await problem.waitFor({ state: 'detached' });
  };
  await follow(`#/reservation?${SMALL}&line=crashkernel%3D256M`);
  const reserved = page().getByText('256 MiB').first();
  await reserved.waitFor();
  // A page that is not here yet.
  await page().context().setOffline(true);
  await page().getByRole('link', { name: 'Player' }).click();
  await says();
  await again.click();
  await says();
  // Pages that are here, whose workers are not.
  await page().getByRole('link', { name: 'Reboot', exact: true }).click();
  await page().getByRole('button', { name: 'Run', exact: true }).click();
  await says();
  await isThere();
  await computed(page());
  await page().context().setOffline(true);
  await page().getByRole('link', { name: 'Reservation' }).click();
  await says();
  await isThere();
  await reserved.waitFor();
});

test('a browser that has no room for the files of the desk says so, and brings no others back', {
  timeout: TIMEOUT,
}, async () => {
  const poor = await lab.newPage();
  const session = await poor.context().newCDPSession(poor);
  const { origin } = new URL(lab.url());
  // Before anything is kept: how much room there is, a browser looks up now and then, not each time.
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 200_000 });
  await poor.goto(`${lab.url()}#/?${SMALL}`);
  const files = poor.locator('input[type=file]').first();
  const noise = (name: string, size: number) => ({
    name,
    mimeType: 'text/plain',
    buffer: Buffer.from(`[    0.000000] Booting Linux on physical CPU 0x0\n${'x'.repeat(size)}\n`),
  });
  const log = poor.locator('[data-place=log]');
  const unkept = poor.locator('.findings li', { hasText: 'does not keep the files' });
  await files.setInputFiles(noise('first.log', 1000));
  await log.filter({ hasText: 'first.log' }).waitFor();
  expect(await unkept.count()).toBe(0);
  await files.setInputFiles(noise('second.log', 4_000_000));
  await unkept.waitFor();
  await poor.reload();
  await poor.getByRole('button', { name: 'Run', exact: true }).waitFor();
  expect(await log.count()).toBe(0);
  // With room again, all is as usual.
  await session.send('Storage.overrideQuotaForOrigin', { origin });
  await files.setInputFiles(noise('third.log', 4_000_000));
  await log.filter({ hasText: 'third.log' }).waitFor();
  await unkept.waitFor({ state: 'detached' });
  await poor.close();
});

test.each([
  [
    'is forbidden',
    "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('no', 'SecurityError'); } })",
  ],
  ['is missing', "Object.defineProperty(window, 'indexedDB', { value: undefined })"],
  ['hangs', 'IDBFactory.prototype.open = () => new EventTarget()'],
  ['refuses to write', "IDBObjectStore.prototype.put = () => { throw new DOMException('no', 'UnknownError'); }"],
])('a browser whose storage %s says that it keeps no files, and goes on', { timeout: TIMEOUT }, async (_, script) => {
  const odd = await lab.newPage();
  await odd.addInitScript(script);
  await odd.goto(`${lab.url()}#/?${SMALL}`);
  await odd.getByRole('button', { name: 'Run', exact: true }).waitFor();
  const unkept = odd.locator('.findings li', { hasText: 'does not keep the files' });
  expect(await unkept.count()).toBe(0);
  const buffer = Buffer.from('40000000-bfffffff : System RAM\n');
  await odd.getByLabel('Open files').setInputFiles({ name: 'odd.txt', mimeType: 'text/plain', buffer });
  await odd.locator('[data-place=map]').filter({ hasText: 'odd.txt' }).waitFor();
  await unkept.waitFor();
  await odd.getByRole('button', { name: 'Run', exact: true }).click();
  await computed(odd);
  await odd.close();
});

test('the way back leads to what was typed just before a link was followed', { timeout: TIMEOUT }, async () => {
  const quick = await lab.newPage();
  await quick.goto(`${lab.url()}#/?${SMALL}&seed=5`);
  await quick.getByLabel('Seed').fill('777');
  await quick.getByRole('link', { name: 'Reservation' }).click();
  await quick.waitForFunction(() => location.hash.startsWith('#/reservation'));
  await quick.goBack();
  await quick.waitForFunction(() => location.hash.startsWith('#/?'));
  await expect.poll(() => quick.getByLabel('Seed').inputValue()).toBe('777');
  await quick.close();
});
