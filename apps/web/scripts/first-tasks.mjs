import { launch } from './chromium.mjs';

/** Pages of the lab, by what follows `#`, with files that take a worker little time. */
const PAGES = ['/', '/memory', '/strategies', '/reservation', '/player', '/tables', '/live', '/evidence'];
const VISITS = 3;

/**
 * The longest task of each page's main thread from its first visit until it has computed: milliseconds of processor time, which other
 * work on the host does not lengthen as it does the time of a clock. The median of several visits, each in a browser of its own.
 *
 * @param {string} url where the lab is served
 * @returns {Promise<readonly (readonly [path: string, ms: number])[]>}
 */
export async function firstTasks(url) {
  /** @type {(readonly [string, number])[]} */
  const found = [];
  for (const path of PAGES) {
    const visits = [];
    for (let visit = 0; visit < VISITS; visit++) visits.push(await longestOf(`${url}#${path}?kernelMib=1&initrdMib=1`));
    found.push([path, Number(visits.sort((a, b) => a - b)[Math.floor(VISITS / 2)])]);
  }
  return found;
}

/** @param {string} address */
async function longestOf(address) {
  const browser = await launch();
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline'] });
  await page.goto(address);
  await page.locator('main').waitFor();
  await page.waitForTimeout(500);
  await page.waitForSelector('main:not([aria-busy="true"])');
  await page.waitForTimeout(500);
  const trace = await browser.stopTracing();
  await browser.close();
  return longestTask(JSON.parse(trace.toString()).traceEvents, address);
}

/**
 * @typedef {{ readonly name: string, readonly pid: number, readonly tid: number, readonly tdur?: number, readonly args: { readonly beginData?: { readonly url?: string } } }} TraceEvent
 * @param {readonly TraceEvent[]} events
 * @param {string} address
 */
function longestTask(events, address) {
  const [origin = ''] = address.split('#');
  // Whoever reads the page's HTML is its main thread.
  const main = events.find(({ name, args }) => name === 'ParseHTML' && args.beginData?.url?.startsWith(origin));
  if (main === undefined) throw new Error('the trace does not tell of the page');
  const tasks = events.filter(({ name, pid, tid }) => pid === main.pid && tid === main.tid && name.endsWith('RunTask'));
  return tasks.reduce((most, { tdur = 0 }) => Math.max(most, tdur), 0) / 1000;
}
