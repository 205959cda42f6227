import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateWorkload } from '@kexeckit/reboot';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from '../scripts/chromium.mjs';
import { computed, serveToBrowser, TIMEOUT, text } from './browser.ts';

// What every page shows of two machines, held against what the command prints with --json of the same question.

const lab = serveToBrowser();
const command = join(import.meta.dirname, '../../cli/dist/main.js');
const boards = join(import.meta.dirname, '../src/desk/boards');
const logs = join(import.meta.dirname, '../src/features/evidence/logs');
const MIB = 2 ** 20;
const SEED = '7';

/** A priced machine, and one that nobody measured. */
const machines = ['broadcom_stingray_bcm958742k', 'nvidia_jetson_agx_orin_64g'] as const;

interface RebootJson {
  readonly reboots: readonly {
    readonly strategy: string;
    readonly segments: readonly { readonly name: string; readonly mem: string; readonly memsz: string }[];
    readonly timeline: readonly { readonly phase: string; readonly seconds?: number; readonly basis: string }[];
    readonly destinations: readonly { readonly segment: string; readonly sha256: string }[];
    readonly figures: readonly { readonly name: string; readonly value: number }[];
    readonly proof: {
      readonly checks: readonly { readonly invariant: string; readonly checked: number; readonly unit: string }[];
    };
  }[];
}
interface MemoryJson {
  readonly roles: readonly { readonly role: string; readonly bytes: number }[];
}
interface ExplainJson {
  readonly parameters: readonly {
    readonly landing: {
      readonly regions: readonly { readonly bytes: number; readonly from: string; readonly to: string }[];
    } | null;
  }[];
}
interface TimelineJson {
  readonly report: {
    readonly passages: readonly {
      readonly from?: number;
      readonly to?: number;
      readonly phases: readonly { readonly phase: string; readonly seconds?: number }[];
    }[];
  };
}

let folder = '';
/** What the command says to this, whether it finds it good or bad. */
async function kexeckit<Said>(...args: readonly string[]): Promise<Said> {
  const [node, all] = [process.execPath, [command, ...args, '--json']];
  const said = await new Promise<string>((resolve) => {
    execFile(node, all, { cwd: folder, maxBuffer: 2 ** 28, timeout: TIMEOUT }, (_, stdout) => resolve(stdout));
  });
  return JSON.parse(said);
}

const mapOf = (board: string): string => join(boards, `${board}.txt`);
const rebootOf = (board: string): Promise<RebootJson> =>
  kexeckit(
    ...['reboot', '--iomem', mapOf(board), '--lenient', '--kernel', 'Image', '--initrd', 'initrd'],
    ...['--append', 'console=ttyS0', '--seed', SEED],
  );

let opened: Page | undefined;
function page(): Page {
  if (opened === undefined) throw new Error('the lab did not open');
  return opened;
}

beforeAll(async () => {
  if (!hasChromium) return;
  folder = await mkdtemp(join(tmpdir(), 'kexeckit-numbers-'));
  const { kernel, initrd = new Uint8Array() } = generateWorkload(MIB, MIB, 2019);
  await writeFile(join(folder, 'Image'), kernel);
  await writeFile(join(folder, 'initrd'), initrd);
  opened = await lab.newPage();
}, TIMEOUT);

afterAll(async () => {
  if (folder !== '') await rm(folder, { recursive: true });
});

async function open(path: string, more: Record<string, string>): Promise<void> {
  const link = new URLSearchParams({ kernelMib: '1', initrdMib: '1', seed: SEED, ...more });
  await page().goto('about:blank');
  await page().goto(`${lab.url()}#${path}?${link}`);
}

/** Numbers that were compared, and those that differ. */
class Compared {
  count = 0;
  readonly wrong: string[] = [];

  /** Notes whether something is shown; words in words, not within other numbers. */
  holds(where: string, shown: string, expected: string): void {
    this.count += 1;
    const isThere = shown.split(/[\s,;:·()…]*(?:\s|$)/).includes(expected);
    if (!isThere) this.wrong.push(`${where}: ${expected} is not in ${shown}`);
  }
}

const grouped = (value: number): string => value.toLocaleString('en-US');
/** What would have been skipped is 0 where nobody knows how long it takes. */
const shownSeconds = ({ seconds, basis }: { readonly seconds?: number; readonly basis: string }): string =>
  seconds === undefined || (basis === 'skipped' && seconds === 0)
    ? '?'
    : seconds > 0 && seconds < 0.0005
      ? '<0.001'
      : seconds.toFixed(3);
const rangeOf = (mem: string, memsz: string): string => `${mem}–0x${(BigInt(mem) + BigInt(memsz) - 1n).toString(16)}`;

const counted = ({ figures }: RebootJson['reboots'][number], name: string): number =>
  figures.find((figure) => figure.name === name)?.value ?? Number.NaN;
const checkedOf = ({ proof }: RebootJson['reboots'][number], name: string): number =>
  proof.checks.find(({ invariant }) => invariant === name)?.checked ?? Number.NaN;

async function compareReboot(found: Compared, { reboots }: RebootJson): Promise<void> {
  expect(reboots.length).toBeGreaterThan(3);
  for (const reboot of reboots) {
    const { strategy } = reboot;
    await page().click(`#tab-${strategy}`);
    await page().locator('.proof h2', { hasText: strategy }).waitFor();
    for (const time of reboot.timeline)
      found.holds(
        `${strategy} ${time.phase}`,
        await text(page(), `[data-row="${strategy}"] [data-phase="${time.phase}"]`),
        shownSeconds(time),
      );
    for (const { invariant, checked, unit } of reboot.proof.checks) {
      const shown = await text(page(), `[data-invariant="${invariant}"] .number`);
      for (const word of [grouped(checked), unit]) found.holds(`${strategy} ${invariant}`, shown, word);
    }
    for (const { name, mem, memsz } of reboot.segments)
      found.holds(`${strategy} ${name}`, await text(page(), `[data-segment="${name}"]`), rangeOf(mem, memsz));
    const figures = await text(page(), '.figures dl');
    for (const name of ['instructions retired', 'uncached accesses', 'cache lines cleaned', 'cache lines filled'])
      found.holds(`${strategy} ${name}`, figures, grouped(counted(reboot, name)));
    for (const { segment, sha256 } of reboot.destinations)
      found.holds(`${strategy} SHA-256 of ${segment}`, figures, sha256.slice(0, 8));
  }
}

function runOf({ reboots }: RebootJson, name: string): RebootJson['reboots'][number] {
  const found = reboots.find(({ strategy }) => strategy === name);
  if (found === undefined) throw new TypeError(`${name} was not run`);
  return found;
}

async function compareMemory(
  found: Compared,
  run: RebootJson['reboots'][number],
  { roles }: MemoryJson,
): Promise<void> {
  const pagesOf = (...names: readonly string[]): number =>
    roles.filter(({ role }) => names.includes(role)).reduce((sum, { bytes }) => sum + bytes, 0) / 4096;
  const expected: Readonly<Record<string, number>> = {
    'old kernel': pagesOf('running kernel'),
    'crash kernel': pagesOf('crash region'),
    source: checkedOf(run, 'sources'),
    table: checkedOf(run, 'descriptors') / 512,
  };
  for (const [look, pages] of Object.entries(expected))
    if (pages > 0)
      found.holds(`memory ${look}`, await text(page(), `[data-look="${look}"] .legend-amount`), grouped(pages));
  for (const { invariant, checked } of run.proof.checks)
    found.holds(`memory ${invariant}`, await text(page(), `[data-invariant="${invariant}"] .number`), grouped(checked));
}

describe.each(machines)('%s', (board) => {
  test(
    'Reboot, Strategies, Memory, Player, Tables and Reservation show the numbers of the command',
    async () => {
      const found = new Compared();
      const said = await rebootOf(board);
      const run = runOf(said, 'mmu-on');
      await open('/', { board });
      await computed(page());
      await compareReboot(found, said);

      await open('/strategies', { board });
      await page().locator('.comparison [data-row]').first().waitFor();
      for (const { strategy, timeline } of said.reboots)
        for (const time of timeline)
          found.holds(
            `strategies ${strategy} ${time.phase}`,
            await text(page(), `.comparison [data-row="${strategy}"] [data-phase="${time.phase}"]`),
            shownSeconds(time),
          );

      await open('/memory', { board });
      await page().locator('.asking[data-stale=false]').waitFor({ state: 'attached' });
      await computed(page());
      await compareMemory(found, run, await kexeckit<MemoryJson>('memory', mapOf(board), '--lenient'));

      await open('/player', { board });
      await page().waitForSelector('main[aria-busy="false"] .played:not(.stale):not([inert])');
      const steps = grouped(counted(run, 'instructions retired') - 1);
      found.holds('player', await text(page(), '.outcome'), steps);
      found.holds('player pages', await text(page(), '.page-map h2'), grouped(checkedOf(run, 'sources')));

      await open('/tables', { board });
      await page().waitForSelector('.tables [role=tree] [role=treeitem]');
      await computed(page());
      found.holds('tables', await text(page(), '.fact-line'), String(checkedOf(run, 'descriptors') / 512));

      const line = 'crashkernel=512M';
      await open('/reservation', { board, line });
      await computed(page());
      const { parameters } = await kexeckit<ExplainJson>('explain', line, '--iomem', mapOf(board), '--lenient');
      const landings = await text(page(), '[data-landing=crashkernel]');
      const regions = parameters.flatMap(({ landing }) => landing?.regions ?? []);
      expect(regions.length).toBeGreaterThan(0);
      for (const { bytes, from, to } of regions) {
        found.holds('reservation size', landings, String(bytes / MIB));
        for (const address of [from, to]) found.holds('reservation', landings, address);
      }
      expect(found.wrong).toEqual([]);
      expect(found.count).toBeGreaterThan(60);
    },
    2 * TIMEOUT,
  );
});

test.each([
  ['debian-kexec', 'debian-6.1-kexec-tools.txt'],
  ['stingray-kdump', 'broadcom_stingray_bcm958742k_boot_and_kdump.txt'],
])(
  'Evidence shows of %s what the command says of its log',
  async (log, file) => {
    const { report } = await kexeckit<TimelineJson>('timeline', join(logs, file));
    await open('/evidence', { log });
    await page().locator('.log-lines').waitFor();
    await computed(page());
    const found = new Compared();
    for (const { from, to, phases } of report.passages)
      if (from !== undefined && to !== undefined)
        for (const { phase, seconds } of phases)
          if (seconds !== undefined)
            found.holds(
              `${from}-${to} ${phase}`,
              await text(page(), `[data-passage="${from}-${to}"] [data-phase="${phase}"]`),
              seconds.toFixed(3),
            );
    expect(found.wrong).toEqual([]);
    expect(found.count).toBeGreaterThan(0);
  },
  TIMEOUT,
);
