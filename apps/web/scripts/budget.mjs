// What the lab may cost, and what it does: bytes of the first page, time to its first paint, the longest time that the page cannot answer while
// 73 MB are relocated, frames a second over a million pages and over hosts. `pnpm build`, then `pnpm budget`; it ends with 1 where something costs more.
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { createServer } from 'vite';
import { launch, serveLab } from './chromium.mjs';
import { fleetPace } from './fleet-frames.mjs';

const TIMEOUT = 600_000;
/** 73 MB, as Debian's kernel and initramfs have. @type {readonly (readonly [label: string, mib: string])[]} */
const LARGE = [
  ['Kernel, MiB', '33'],
  ['Initramfs, MiB', '40'],
];

/** Hosts, and frames a second with them. @type {readonly (readonly [hosts: number, least: number])[]} */
const HOSTS = [
  [10_000, 55],
  [100_000, 30],
];

/** @typedef {{ readonly name: string, readonly unit: string, readonly measured: number, readonly least?: number, readonly most?: number }} Row */

const lab = await serveLab();
const browser = await launch();
/** @type {Row[]} */
const rows = [];
try {
  rows.push({
    name: 'scripts and styles of the first page, compressed',
    unit: 'KiB',
    measured: await firstKib(),
    most: 60,
  });
  rows.push({ name: 'first paint from loopback', unit: 'ms', measured: await firstPaint(), most: 1000 });
  rows.push({ name: 'longest task while 73 MB are relocated', unit: 'ms', measured: await longestTask(), most: 50 });
  rows.push({ name: 'frames a second over a million pages', unit: '', measured: await frames(), least: 55 });
  for (const [hosts, least] of HOSTS) {
    const { frames: measured, busy } = await fleet(hosts);
    const name = `frames a second over ${hosts.toLocaleString('en-US')} hosts`;
    rows.push({ name, unit: '', measured, least });
    rows.push({
      name: `time of its page for a frame of ${hosts.toLocaleString('en-US')}`,
      unit: 'ms',
      measured: busy,
      most: 12,
    });
  }
} finally {
  await browser.close();
  await lab.close();
}
for (const { name, unit, measured, least, most } of rows) {
  const isKept = (most === undefined || measured <= most) && (least === undefined || measured >= least);
  const bound = most === undefined ? `at least ${least}` : `at most ${most}`;
  console.log(
    `${isKept ? '✓' : '✗'} ${name.padEnd(52)} ${measured.toFixed(0).padStart(6)} ${unit.padEnd(4)} ${bound} ${unit}`,
  );
  if (!isKept) process.exitCode = 1;
}

/** KiB of what index.html names. */
async function firstKib() {
  const dist = fileURLToPath(new URL('../dist/', import.meta.url));
  const html = await readFile(`${dist}index.html`, 'utf8');
  const assets = (await readdir(`${dist}assets`)).filter((name) => html.includes(name));
  const sizes = await Promise.all(assets.map(async (name) => gzipSync(await readFile(`${dist}assets/${name}`)).length));
  return sizes.reduce((sum, bytes) => sum + bytes, gzipSync(html).length) / 1024;
}

/** The median of several first visits. */
async function firstPaint() {
  const paints = [];
  for (let visit = 0; visit < 7; visit++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${lab.url}#/strategies`, { waitUntil: 'load' });
    paints.push(
      await page.evaluate(
        () =>
          new Promise((resolve) => {
            new PerformanceObserver((list) => {
              for (const { name, startTime } of list.getEntries())
                if (name === 'first-contentful-paint') resolve(startTime);
            }).observe({ type: 'paint', buffered: true });
          }),
      ),
    );
    await context.close();
  }
  return Number(paints.sort((a, b) => Number(a) - Number(b))[3]);
}

/** Of the page's own thread, from when Run is pressed until everything is computed. */
async function longestTask() {
  const page = await browser.newPage();
  page.setDefaultTimeout(TIMEOUT);
  await page.addInitScript(() => {
    Object.assign(window, { longest: 0 });
    new PerformanceObserver((list) => {
      const most = Math.max(...list.getEntries().map(({ duration }) => duration));
      Object.assign(window, { longest: Math.max(Number(Reflect.get(window, 'longest')), most) });
    }).observe({ type: 'longtask' });
  });
  await page.goto(`${lab.url}#/?kernelMib=1&initrdMib=1`);
  await untilDone(page);
  await page.getByText('More that can be varied').click();
  for (const [label, mib] of LARGE) await page.getByLabel(label).fill(mib);
  await page.evaluate(() => Object.assign(window, { longest: 0 }));
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.waitForSelector('main[aria-busy="true"]');
  await untilDone(page);
  const longest = await page.evaluate(() => Number(Reflect.get(window, 'longest')));
  await page.close();
  return longest;
}

/** Of the map, zoomed in and out: the page of `bench/`, which draws as the lab does. */
async function frames() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const server = await createServer({ root, logLevel: 'silent', server: { host: '127.0.0.1', port: 0 } });
  await server.listen();
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(TIMEOUT);
  await page.goto(`${server.resolvedUrls?.local[0]}bench/frames.html`);
  await page.waitForFunction(() => Reflect.has(window, 'result'));
  const result = await page.evaluate(() => Reflect.get(window, 'result'));
  await page.close();
  await server.close();
  if (typeof result !== 'number') throw new Error(String(result));
  return result;
}

/** While the cursor moves and another status is opened every second. @param {number} hosts */
async function fleet(hosts) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(TIMEOUT);
  const pace = await fleetPace(page, lab.url, hosts);
  await page.close();
  return pace;
}

/** @param {import('playwright-core').Page} page */
async function untilDone(page) {
  await page.waitForSelector('main[aria-busy="false"]');
}
