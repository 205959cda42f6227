import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateWorkload, parsePlan, proveReboot, SimulatedMachine } from '@kexeckit/reboot';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { hasChromium } from '../scripts/chromium.mjs';
import { computed, overflow, seriousProblems, serveToBrowser, TIMEOUT, text, type Watched } from './browser.ts';

const MIB = 2 ** 20;
const lab = serveToBrowser();
let opened: Watched | undefined;

beforeAll(async () => {
  if (!hasChromium) return;
  opened = await lab.watched();
  await opened.page.goto(`${lab.url()}#/?kernelMib=1&initrdMib=1&seed=7&strategy=mmu-on`);
  await computed(opened.page);
}, TIMEOUT);

function page(): Page {
  if (opened === undefined) throw new Error('the lab did not open');
  return opened.page;
}

/** What the page gives when a button is pressed. */
async function taken(
  button: string,
): Promise<{ readonly name: string; readonly content: string; readonly path: string }> {
  const [download] = await Promise.all([
    page().waitForEvent('download'),
    page().getByRole('button', { name: button }).click(),
  ]);
  const path = await download.path();
  return { name: download.suggestedFilename(), content: await readFile(path, 'utf8'), path };
}

test('the plan is one that is proved against the machine that it says', { timeout: TIMEOUT }, async () => {
  const { name, content } = await taken('Plan (JSON)');
  expect(name).toBe('plan-mmu-on.json');
  const plan = parsePlan(content);
  const machine = new SimulatedMachine();
  const { proof } = await proveReboot(machine, { plan, files: generateWorkload(MIB, MIB, 2019) });
  expect(proof.violations).toEqual([]);
  expect(plan.wishes.seed).toBe(7);
  const shown = await text(page(), 'tr[data-invariant="sources"] td.number');
  const sources = proof.checks.find(({ invariant }) => invariant === 'sources');
  expect(shown).toBe(`${sources?.checked.toLocaleString('en-US')} ${sources?.unit}`);
});

test('the report stands alone: it says what the page says, loads nothing, and prints', {
  timeout: TIMEOUT,
}, async () => {
  const { name, content, path } = await taken('Report (HTML)');
  expect(name).toBe('report-mmu-on.html');
  const file = join(path, '..', 'report.html');
  await writeFile(file, content);
  const { page: report, complaints, requests } = await lab.watched({ viewport: { width: 1280, height: 900 } });
  await report.goto(`file://${file}`);
  expect(await text(report, 'h1')).toBe('kexec by mmu-on on Broadcom Stingray, 48 GiB in four banks');
  const total = (await text(page(), '[role="tab"][aria-selected="true"] .tab-total')).replace(/ s$/, '');
  const row = report.locator('tr', { has: report.locator('th', { hasText: /^mmu-on$/ }) });
  expect(await row.first().locator('td').last().textContent()).toBe(total);
  const said = await text(report, 'body');
  for (const statement of await page().locator('tr[data-invariant] .statement').allInnerTexts())
    expect(said).toContain(statement);
  expect(await seriousProblems(report)).toEqual([]);
  await report.setViewportSize({ width: 320, height: 640 });
  expect(await overflow(report)).toBeLessThanOrEqual(0);
  expect((await report.pdf()).length).toBeGreaterThan(10_000);
  expect(complaints).toEqual([]);
  expect(requests).toEqual([`file://${file}`]);
  await report.close();
});

test('the timelines are pictures as SVG, with every number of the page, and as PNG', { timeout: TIMEOUT }, async () => {
  const { name, content } = await taken('Timeline (SVG)');
  expect(name).toBe('timeline.svg');
  const totals = await page().locator('.tab-total').allInnerTexts();
  expect(totals.length).toBeGreaterThan(3);
  const said = await page().evaluate((source) => {
    const parsed = new DOMParser().parseFromString(source, 'image/svg+xml');
    return parsed.querySelector('parsererror')
      ? []
      : [...parsed.querySelectorAll('text')].map((each) => each.textContent);
  }, content);
  for (const total of totals) expect(said).toContain(total);
  const png = await taken('Timeline (PNG)');
  expect(png.name).toBe('timeline.png');
  const { width = 0, channels } = await sharp(png.path).metadata();
  expect(width).toBeGreaterThan(900);
  expect(channels).toBeGreaterThan(2);
  // It is not blank.
  const { entropy } = await sharp(png.path).stats();
  expect(entropy).toBeGreaterThan(0.1);
});

test('the link restores the view in another browser', { timeout: TIMEOUT }, async () => {
  await page().context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page().getByRole('button', { name: 'Link' }).click();
  await page().getByText('copied to the clipboard').waitFor();
  const link = await page().evaluate(() => navigator.clipboard.readText());
  const other = await lab.newPage();
  await other.goto(link);
  await computed(other);
  for (const selector of ['[role="tab"][aria-selected="true"]', 'section.proof table'])
    expect(await text(other, selector)).toBe(await text(page(), selector));
  await other.close();
});

test('nothing can be taken before it is there', { timeout: TIMEOUT }, async () => {
  const early = await lab.newPage();
  await early.goto(`${lab.url()}#/?kernelMib=64&initrdMib=64`);
  const button = early.getByRole('button', { name: 'Plan (JSON)' });
  await button.waitFor();
  expect(await button.isDisabled()).toBe(true);
  await early.close();
});
