import { countOutcomes, distributionOf, type RolloutStatus, resultsOf } from '@kexeckit/rollout';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from '../scripts/chromium.mjs';
import { exampleKind, makeExample } from '../src/features/fleet/example.ts';
import { overflow, problemsInSchemes, serveToBrowser, TIMEOUT, text, type Watched } from './browser.ts';
import { serveFleet } from './fleet-host.ts';

const lab = serveToBrowser();
let shared: Watched | undefined;

const example = makeExample(exampleKind('stopped'));
const end = withEvidence(example.at(example.length));
const half = example.at(example.length / 2);

/** With what the logs of a host tell: times, and bounds that hold more than one phase. */
function withEvidence(status: RolloutStatus): RolloutStatus {
  const evidence = { relocation: { ms: 4200, bound: 'at-most' }, startup: { ms: 2900, bound: 'exact' } } as const;
  const hosts = status.hosts.map((host) =>
    host.state === 'ended' && host.result.outcome === 'done' ? { ...host, result: { ...host.result, evidence } } : host,
  );
  return { ...status, hosts };
}

beforeAll(async () => {
  if (!hasChromium) return;
  shared = await lab.watched();
  await shared.page.goto(`${lab.url()}#/fleet`);
}, TIMEOUT);

function page(): Page {
  if (shared === undefined) throw new Error('the lab did not open');
  return shared.page;
}

async function drop(content: string): Promise<void> {
  await page().evaluate((told) => {
    const data = new DataTransfer();
    data.items.add(new File([told], 'status.json'));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
  }, content);
}

const counted = async (on: Page, standing: string): Promise<number> =>
  Number(
    ((await on.locator(`.fleet-counts [data-standing="${standing}"] .fleet-count`).textContent()) ?? '').replace(
      ',',
      '',
    ),
  );
const panel = (on: Page, name: string) => on.locator('.fleet-panel', { hasText: name });
const map = (on: Page) => on.getByRole('application', { name: 'Hosts' });

/** The host that is first of those that ended so. */
function firstOf(status: RolloutStatus, outcome: string): string {
  const found = status.hosts.find((host) => host.state === 'ended' && host.result.outcome === outcome);
  if (found === undefined) throw new TypeError(`no host is ${outcome}`);
  return found.host;
}

describe('the page of a rollout', () => {
  test('says what to give where there is nothing, and asks no host', { timeout: TIMEOUT }, async () => {
    await page().getByText('kexeckit fleet status --json').waitFor();
    expect(shared?.requests.filter((url) => url.includes('host/'))).toEqual([]);
  });

  test('shows what a status says that is dropped on it', { timeout: TIMEOUT }, async () => {
    await drop(JSON.stringify(end));
    await page().locator('.fleet-map canvas').waitFor();
    const counts = countOutcomes(resultsOf(end));
    for (const outcome of ['done', 'failed', 'lost', 'refused', 'skipped', 'undone'] as const)
      expect([outcome, await counted(page(), outcome)]).toEqual([outcome, counts[outcome]]);
    expect(await text(page(), '.fleet-gate')).toContain(end.gate.state === 'open' ? 'never' : end.gate.why);
    const early = resultsOf(end).filter(({ wave }) => wave === 'early');
    const bad = early.filter(({ outcome }) => outcome === 'failed' || outcome === 'lost').length;
    expect(await text(page(), '[data-wave="early"]')).toBe(`early ended ${early.length} of ${early.length} 0 ${bad}`);
    const drains = resultsOf(end).flatMap(({ times }) => times.filter(({ phase }) => phase === 'drain'));
    const { n, p50 = 0 } = distributionOf(drains.map(({ start, end: to }) => to - start));
    expect(await text(page(), '[data-phase="drain"]')).toContain(`drain ${n} ${(p50 / 1000).toFixed(1)} s`);
    const away = distributionOf(resultsOf(end).flatMap(({ downtimeMs }) => downtimeMs ?? []));
    expect(await text(page(), '.fleet-figures')).toContain(
      `${away.n} hosts: median ${((away.p50 ?? 0) / 1000).toFixed(1)} s`,
    );
    expect(await page().locator('.fleet-bar').count()).toBe(away.bins.length);
  });

  test('refuses one that does not add up, in words, and keeps what it shows', { timeout: TIMEOUT }, async () => {
    await drop(JSON.stringify({ ...end, outcomes: { ...end.outcomes, lost: 99 } }));
    const { lost } = countOutcomes(resultsOf(end));
    await page().getByRole('alert').getByText(`99 are said to be lost, and ${lost} are`).waitFor();
    expect(await counted(page(), 'lost')).toBe(lost);
    await drop(JSON.stringify(end));
    await page().getByRole('alert').waitFor({ state: 'detached' });
  });

  test('draws each host in its place, in the look of how it stands', { timeout: TIMEOUT }, async () => {
    // In their order, from the first cell below the name of the first wave on.
    const [first, second] = end.hosts;
    const box = await map(page()).boundingBox();
    const name = await page().locator('.fleet-wave-name').first().boundingBox();
    if (box === null || name === null) throw new TypeError('there is no map');
    await page().mouse.move(name.x + 5, name.y + 29);
    expect(await text(page(), '.tooltip strong')).toBe(first?.host);
    await page().mouse.move(name.x + 5 + 16, name.y + 29);
    expect(await text(page(), '.tooltip strong')).toBe(second?.host);
    // The pixels of each cell: those of one look are alike, those of others are not.
    const looks = await page().evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.fleet-map canvas');
      const context = canvas?.getContext('2d');
      if (!canvas || !context) return [];
      const columns = Math.floor(canvas.width / 16);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      const rowOf = (x: number, y: number): string => {
        const from = 4 * (y * canvas.width + x);
        return data.subarray(from, from + 4 * 16).join();
      };
      const tops = [...document.querySelectorAll<HTMLElement>('.fleet-wave-name')].map(
        ({ offsetTop }) => offsetTop + 24,
      );
      return [10, 200, 790].flatMap((hosts, wave) =>
        Array.from({ length: hosts }, (_, at) => {
          const [x, y] = [(at % columns) * 16, (tops[wave] ?? 0) + Math.floor(at / columns) * 16];
          return Array.from({ length: 16 }, (__, row) => rowOf(x, y + row)).join();
        }),
      );
    });
    expect(looks).toHaveLength(end.hosts.length);
    const byOutcome = new Map<string, Set<string>>();
    for (const [at, { outcome }] of resultsOf(end).entries())
      byOutcome.set(outcome, (byOutcome.get(outcome) ?? new Set()).add(looks[at] ?? ''));
    for (const [outcome, seen] of byOutcome) expect([outcome, seen.size]).toEqual([outcome, 1]);
    expect(new Set([...byOutcome.values()].flatMap((seen) => [...seen])).size).toBe(byOutcome.size);
  });

  test('the keys move a cursor that is told, and Enter keeps its host', { timeout: TIMEOUT }, async () => {
    await map(page()).focus();
    for (const key of ['Home', 'ArrowRight', 'ArrowRight', 'PageDown', 'ArrowRight']) await page().keyboard.press(key);
    const wanted = end.hosts[11]?.host ?? '';
    await page()
      .locator('[aria-live]', { hasText: `${wanted}, early` })
      .waitFor();
    await page().keyboard.press('Enter');
    await panel(page(), wanted).waitFor();
    await page().keyboard.press('Escape');
    await panel(page(), wanted).waitFor({ state: 'detached' });
  });

  test('a host is found by its name; its story has its console', { timeout: TIMEOUT }, async () => {
    const lost = firstOf(end, 'lost');
    await page().getByLabel('Go to host').fill(lost);
    await page().getByRole('button', { name: 'Go', exact: true }).click();
    await panel(page(), lost).getByText('Kernel panic').waitFor();
    await page().waitForFunction((name) => location.hash.includes(`rollout-host=${name}`), lost);
    const done = firstOf(end, 'done');
    await page().getByLabel('Go to host').fill(done);
    await page().keyboard.press('Enter');
    const facts = panel(page(), done).locator('.fleet-facts');
    await facts.getByText('relocation, by its log').waitFor();
    expect(await facts.textContent()).toContain('relocation, by its logat most 4.20 s');
    expect(await facts.textContent()).toContain('startup, by its log2.90 s');
    await page().getByLabel('Go to host').fill('no such host');
    await page().keyboard.press('Enter');
    await page().getByText('no host has that in its name').waitFor();
    await page().getByRole('button', { name: 'Close' }).click();
  });

  test('hosts in trouble are a table, of which only what is in view is there', { timeout: TIMEOUT }, async () => {
    const counts = countOutcomes(resultsOf(end));
    const table = page().getByRole('table', { name: 'Hosts in trouble' });
    const all = counts.lost + counts.failed + counts.refused;
    expect(await table.getAttribute('aria-rowcount')).toBe(String(all + 1));
    expect(await table.getByRole('button').count()).toBeLessThan(all);
    const lost = firstOf(end, 'lost');
    expect(await table.getByRole('button').first().textContent()).toBe(lost);
    expect(await text(page(), '.long-row')).toContain('ETIMEDOUT');
    await table.getByRole('button', { name: lost }).click();
    await panel(page(), lost).waitFor();
  });

  test('is accessible in light, dark and forced colours, and fits 320 pixels', { timeout: TIMEOUT }, async () => {
    await page().setViewportSize({ width: 320, height: 800 });
    expect(await overflow(page())).toBe(0);
    expect(await problemsInSchemes(page())).toEqual([]);
    expect(shared?.complaints).toEqual([]);
  });

  test('a link restores the example, its moment and its host', { timeout: TIMEOUT }, async () => {
    const failed = firstOf(half, 'failed');
    const { page: other, complaints } = await lab.watched();
    await other.goto(`${lab.url()}#/fleet?rollout-example=stopped&rollout-at=50&rollout-host=${failed}`);
    await panel(other, failed).waitFor();
    expect(await counted(other, 'done')).toBe(countOutcomes(resultsOf(half)).done);
    expect(await other.getByLabel('Gone by').inputValue()).toBe('50');
    expect(complaints).toEqual([]);
    await other.close();
  });
});

test('served with a database, follows the newest rollout until it has ended', { timeout: TIMEOUT }, async () => {
  const host = await serveFleet(half);
  const { page: other } = await lab.watched();
  await other.goto(`${host.url}#/fleet`);
  await expect.poll(() => counted(other, 'done'), { timeout: TIMEOUT }).toBe(countOutcomes(resultsOf(half)).done);
  // What has not changed is not sent again.
  await expect.poll(() => host.answers().same, { timeout: TIMEOUT }).toBeGreaterThan(1);
  expect(host.answers().told).toBe(1);
  host.tell(undefined);
  await other.getByRole('alert').getByText('no database answers').waitFor();
  expect(await counted(other, 'done')).toBe(countOutcomes(resultsOf(half)).done);
  host.tell(end);
  await other.locator('#fleet-title', { hasText: 'stopped' }).waitFor();
  expect(await counted(other, 'skipped')).toBe(countOutcomes(resultsOf(end)).skipped);
  await other.getByRole('alert').waitFor({ state: 'detached' });
  const { told, same } = host.answers();
  await other.waitForTimeout(2500);
  expect(host.answers()).toEqual({ told, same });
  await other.close();
  host.close();
});
