// Frames a second of the page of a rollout while the cursor goes over its hosts and another status is opened every second.

/** What a page does for some seconds. @typedef {{ frames: number, busy: number, longest: number, shown: number }} Pace */

/** Seconds that are measured. */
const SECONDS = 8;

/**
 * @param {import('playwright-core').Page} page @param {string} url of the lab @param {number} hosts
 * @returns {Promise<Pace>} frames a second, milliseconds of the page's own thread for a frame, its longest task, and statuses that were shown.
 */
export async function fleetPace(page, url, hosts) {
  await page.goto(`${url}#/fleet`);
  await page.locator('.fleet').waitFor();
  await page.evaluate(makeStatuses, hosts);
  await page.locator('.fleet-map canvas').waitFor();
  await page.waitForTimeout(2000);
  const session = await page.context().newCDPSession(page);
  // Of the processor, not of the clock: other programs run as well.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
  };
  const before = await busy();
  const { frames, longest, shown } = await page.evaluate(measure, SECONDS);
  const seconds = (await busy()) - before;
  return { frames: frames / SECONDS, busy: (1000 * seconds) / frames, longest, shown };
}

/**
 * In the page: makes two statuses as files, in which half and nine of ten hosts have ended, one of a hundred of them badly, and opens one.
 *
 * @param {number} hosts
 */
function makeStatuses(hosts) {
  const STARTED = Date.UTC(2026, 2, 7);
  const PHASES = ['inspect', 'stage', 'drain', 'commit', 'return', 'health', 'evidence'];
  const STEP = 10_000;
  const resultOf = (/** @type {string} */ host, /** @type {number} */ at) => {
    const start = STARTED + at * 10;
    const isLost = at % 100 === 99;
    const phases = PHASES.slice(0, isLost ? 5 : 7);
    const base = {
      ...{ host, wave: 'all', attempt: 1, outcome: isLost ? 'lost' : 'done', bootBefore: `before-${at}` },
      times: phases.map((phase, step) => ({ phase, start: start + step * STEP, end: start + (step + 1) * STEP })),
    };
    if (!isLost) return { ...base, bootAfter: `after-${at}`, downtimeMs: 30_000 + (at % 997) * 40 };
    const trouble = { phase: 'return', code: 'ETIMEDOUT', what: 'it did not come back', hint: 'look at its console' };
    return { ...base, trouble, console: ['[    3.131921] Kernel panic - not syncing: VFS: Unable to mount root fs'] };
  };
  const statuses = [0.5, 0.9].map((share) => {
    const ended = Math.floor(hosts * share);
    const list = Array.from({ length: hosts }, (_, at) => {
      const host = `rack-${Math.floor(at / 40)}-node-${at % 40}`;
      if (at >= ended) return { host, wave: 'all', state: 'waiting' };
      return { host, wave: 'all', state: 'ended', result: resultOf(host, at) };
    });
    const lost = Math.floor(ended / 100);
    const status = {
      format: 'kexeckit-rollout-status/1',
      ...{ id: 'measured', state: 'running', gate: { state: 'open' }, now: STARTED + 10_000_000, started: STARTED },
      failureBudget: hosts,
      waves: [{ name: 'all', state: 'running', hosts }],
      outcomes: { done: ended - lost, refused: 0, failed: 0, lost, undone: 0, skipped: 0, deferred: 0 },
      hosts: list,
    };
    return new File([JSON.stringify(status)], 'status.json');
  });
  const openStatus = (/** @type {number} */ which) => {
    const data = new DataTransfer();
    const status = statuses[which % 2];
    if (status !== undefined) data.items.add(status);
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
  };
  Object.assign(window, { openStatus });
  openStatus(0);
}

/** In the page: moves the cursor in every frame, and opens a status every second. @param {number} seconds */
async function measure(seconds) {
  const map = document.querySelector('.fleet-map');
  if (map === null) throw new Error('there is no map');
  /** @type {(which: number) => void} */
  const openStatus = Reflect.get(window, 'openStatus');
  let [longest, shown] = [0, 0];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  }).observe({ type: 'longtask' });
  new MutationObserver(() => {
    shown += 1;
  }).observe(document.querySelector('.fleet-counts') ?? map, { subtree: true, characterData: true, childList: true });
  const frame = () => new Promise((/** @type {(now: number) => void} */ resolve) => requestAnimationFrame(resolve));
  const began = await frame();
  let [frames, opened, now] = [0, 0, began];
  while (now - began < seconds * 1000) {
    const { left, top, width, height } = map.getBoundingClientRect();
    const [clientX, clientY] = [left + ((frames * 7) % width), top + 30 + ((frames * 3) % Math.max(1, height - 40))];
    map.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY, bubbles: true }));
    if (now - began >= opened * 1000) {
      openStatus(opened + 1);
      opened += 1;
    }
    now = await frame();
    frames += 1;
  }
  return { frames, longest, shown };
}
