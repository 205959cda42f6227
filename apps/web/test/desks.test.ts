import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { serveToBrowser, TIMEOUT } from './browser.ts';

const SMALL = 'kernelMib=1&initrdMib=1';
const lab = serveToBrowser();

const map = (tab: Page): Locator => tab.locator('[data-place=map]');
const isThere = async (tab: Page): Promise<void> => {
  await tab.getByRole('button', { name: 'Run', exact: true }).waitFor();
};

/** So many tabs of one browser, which nothing else has used. */
async function tabs<Count extends number>(count: Count): Promise<readonly [Page, Page, ...Page[]]> {
  const [one, two, ...more] = await lab.newTabs(count);
  if (one === undefined || two === undefined) throw new Error('no tabs');
  return [one, two, ...more];
}

/** Puts a map of this name on the desk of a tab. */
async function put(tab: Page, name: string): Promise<void> {
  const buffer = Buffer.from('40000000-bfffffff : System RAM\n');
  await tab.getByLabel('Open files').setInputFiles({ name, mimeType: 'text/plain', buffer });
  await map(tab).filter({ hasText: name }).waitFor();
}

/** Types a seed, and waits until it is in the address, which is written a moment after the desk is kept. */
async function typeSeed(tab: Page, seed: string): Promise<void> {
  await tab.getByLabel('Seed').fill(seed);
  await tab.waitForFunction((text) => location.hash.includes(`seed=${text}`), seed);
}

async function openWith(tab: Page, name: string): Promise<void> {
  await tab.goto(`${lab.url()}#/?${SMALL}`);
  await put(tab, name);
  await typeSeed(tab, '77');
}

async function reloaded(tab: Page): Promise<string> {
  await tab.reload();
  await isThere(tab);
  return (await map(tab).allTextContents()).join();
}

/** What the browser keeps: keys, and names of maps where they are files of a desk. */
const kept = (tab: Page): Promise<string[]> =>
  tab.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open('kexeckit-lab');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const all: string[] = [];
          const cursor = opening.result.transaction('desk').objectStore('desk').openCursor();
          cursor.onsuccess = () => {
            if (cursor.result === null) {
              opening.result.close();
              resolve(all);
              return;
            }
            all.push(`${cursor.result.key}: ${cursor.result.value.map?.name ?? ''}`);
            cursor.result.continue();
          };
        };
      }),
  );

test('each tab has a desk of its own over a reload, and a new one begins with the last', {
  timeout: TIMEOUT,
}, async () => {
  const [one, other, late] = await tabs(3);
  await openWith(one, 'one.txt');
  await openWith(other, 'other.txt');
  expect(await reloaded(one)).toContain('one.txt');
  expect(await reloaded(other)).toContain('other.txt');
  await late?.goto(`${lab.url()}#/?${SMALL}`);
  if (late !== undefined) await map(late).filter({ hasText: 'other.txt' }).waitFor();
  await one.context().close();
});

test('a desk that others have put out, or that was cleared, is kept again with the next change', {
  timeout: TIMEOUT,
}, async () => {
  const [one, ...others] = await tabs(5);
  await openWith(one, 'one.txt');
  for (const [at, other] of others.entries()) await openWith(other, `other-${at}.txt`);
  expect((await kept(one)).filter((line) => line.endsWith('one.txt'))).toEqual([]);
  await typeSeed(one, '78');
  expect(await reloaded(one)).toContain('one.txt');
  const session = await one.context().newCDPSession(one);
  const { origin } = new URL(lab.url());
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
  await typeSeed(one, '79');
  expect(await reloaded(one)).toContain('one.txt');
  await one.context().close();
});

test('of tabs that write at once each listed one has its desk, and nothing else is kept', {
  timeout: TIMEOUT,
}, async () => {
  const all = await tabs(6);
  for (const tab of all) await tab.goto(`${lab.url()}#/?${SMALL}`);
  await Promise.all(all.map((tab, at) => put(tab, `at-once-${at}.txt`)));
  await Promise.all(all.map((tab) => typeSeed(tab, '80')));
  const names = (await kept(all[0])).map((line) => line.split(':')[0]);
  expect(names.filter((name) => name?.startsWith('items of')).length).toBe(4);
  expect(names.filter((name) => name?.startsWith('subject of')).length).toBe(4);
  expect(names.length).toBe(9);
  await all[0].context().close();
});

test('a duplicated tab has a desk of its own, which begins with that of its twin', { timeout: TIMEOUT }, async () => {
  const [one] = await tabs(2);
  await openWith(one, 'one.txt');
  const opening = one.waitForEvent('popup');
  await one.evaluate(() => void open(location.href));
  const twin = await opening;
  await isThere(twin);
  expect(await map(twin).textContent()).toContain('one.txt');
  await put(twin, 'twin.txt');
  await typeSeed(twin, '81');
  await typeSeed(one, '82');
  expect(await reloaded(one)).toContain('one.txt');
  expect(await reloaded(twin)).toContain('twin.txt');
  await one.context().close();
});

test('a desk that does not come in time is said so, and not written over', { timeout: TIMEOUT }, async () => {
  const [one] = await tabs(2);
  // From the second load on, as long as the tab says so.
  await one.addInitScript(() => {
    if (sessionStorage.getItem('slow') === null) return;
    const own = IDBFactory.prototype.open;
    Object.defineProperty(IDBFactory.prototype, 'open', {
      value(this: IDBFactory, ...args: [string]) {
        const late = new EventTarget();
        setTimeout(() => {
          const opening = own.apply(this, args);
          for (const kind of ['onsuccess', 'onerror'] as const)
            opening[kind] = (event) => {
              Object.defineProperty(late, 'result', { get: () => opening.result });
              const told: unknown = Reflect.get(late, kind) ?? Reflect.get(late, 'oncomplete');
              if (typeof told === 'function') told.call(late, event);
            };
        }, 3000);
        return late;
      },
    });
  });
  await openWith(one, 'precious.txt');
  const late = one.locator('.findings li', { hasText: 'did not give back in time' });
  await one.evaluate(() => sessionStorage.setItem('slow', 'yes'));
  expect(await reloaded(one)).toBe('');
  await late.waitFor();
  // Nothing was changed: it comes back.
  await one.evaluate(() => sessionStorage.removeItem('slow'));
  expect(await reloaded(one)).toContain('precious.txt');
  expect(await late.count()).toBe(0);
  await one.evaluate(() => sessionStorage.setItem('slow', 'yes'));
  await reloaded(one);
  await put(one, 'new.txt');
  await one.evaluate(() => sessionStorage.removeItem('slow'));
  await expect.poll(() => kept(one), { timeout: 10_000 }).toContainEqual(expect.stringMatching(/new\.txt$/));
  expect(await kept(one)).toContainEqual(expect.stringMatching(/precious\.txt$/));
  expect(await reloaded(one)).toContain('new.txt');
  await one.context().close();
});
