import {
  findByName,
  parseIomem,
  placeReservation,
  printIomem,
  removeResource,
  reserveCrashKernel,
} from '@kexeckit/ioport';
import { describe, expect, test } from 'vitest';
import type { Load } from '../checks/check.ts';
import { checkCrashRegionRoom } from '../checks/crash-region-room.ts';
import { checkCrashSize } from '../checks/crash-size.ts';
import { checkCrashkernel } from '../checks/crashkernel.ts';
import type { Finding } from '../finding.ts';
import type { Host } from '../host.ts';
import { type Files, hostWith, iomemFixture } from '../testing/tree.ts';
import { adviceSize } from './estimate.ts';
import { judge, mostToAdvise } from './judge.ts';
import { kernelOf, lowLimitOf } from './kernel.ts';
import { requestOf } from './landing.ts';

const map = (low: string, high?: string, ...taken: readonly string[]): string =>
  [
    `40000000-${low} : System RAM`,
    '  40210000-415fffff : Kernel code',
    '  41a00000-41cfffff : Kernel data',
    ...taken.map((line) => `  ${line}`),
    ...(high === undefined ? [] : [`100000000-${high} : System RAM`]),
    '',
  ].join('\n');

const MAPS: readonly (readonly [string, string])[] = [
  ['128 MiB', map('47ffffff')],
  ['256 MiB', map('4fffffff')],
  ['1 GiB', map('7fffffff')],
  ['1 GiB, full', map('7fffffff', undefined, '42000000-7effffff : reserved')],
  ['4 GiB, cramped', map('4d5fffff', '13fffffff')],
  ['8 GiB', map('ffffffff', '23fffffff')],
  ['nothing below the limit', map('41ffffff', '23fffffff', '41d00000-41ffffff : reserved')],
  ['256 GiB', map('ffffffff', '3fffffffff')],
  ['an Altra', iomemFixture('ampere_altra_ava_32g')],
  ['a Stingray', iomemFixture('broadcom_stingray_bcm958742k')],
  ['an RK3588', iomemFixture('rockchip_rk3588_quartzpro64_16g')],
];
const LINES = [
  'quiet',
  'crashkernel=auto',
  'crashkernel=512',
  'crashkernel=512M,low',
  'crashkernel=128M@16M',
  'crashkernel=128M@0x40300000',
  'crashkernel=1G-4G:256M;4G-64G:320M',
  'crashkernel=2G-1G:64M',
  'crashkernel=2G-4G:320M,4G-32G:512M,32G-64G:1024M,64G-128G:2048M',
  'crashkernel=4G',
  'crashkernel=4G,high',
  'crashkernel=64G,high',
  'crashkernel=99999G',
  'crashkernel=4G crashkernel=250M,low',
  'crashkernel=256M,high crashkernel=2G,low',
  'crashkernel=256M crashkernel=0',
  'crashkernel=',
  'crashkernel="512M"',
  'crashkernel=256M,HIGH',
];
const RELEASES = ['5.4.0', '5.10.223', '6.1.176', '6.12.117', '7.3.4'];
const MLX5: Files = { '/proc/modules': 'mlx5_core 2097152 0 - Live 0x0\n' };
const KINDS: readonly (readonly [string, Files, Load | undefined])[] = [
  ['without UEFI', {}, undefined],
  ['with UEFI', { '/sys/firmware/efi/': '' }, undefined],
  ['with mlx5', MLX5, undefined],
  ['with a large load', {}, { size: 200n << 20n }],
];

/** Each of `crashkernel=… crashkernel=…,low` in a text, as one line. */
const named = (todo: string): string[] =>
  [...todo.matchAll(/crashkernel=[\w@:,-]*\w-?(?: crashkernel=\w+,low)?/g)].map(([text]) => text);

/** The machine after a boot with the line, as the placement has it; undefined where it finds no place. */
function rebooted(host: Host, cmdline: string): Host | undefined {
  const tree = parseIomem(host.iomem ?? '');
  for (const region of findByName(tree, 'Crash kernel')) removeResource(region);
  const reservation = reserveCrashKernel(tree, requestOf(judge(host, cmdline).verdict), {
    kernel: kernelOf(host).profile,
    lowLimit: lowLimitOf(host, tree),
    pageSize: 4096n,
  });
  if (reservation.refusal !== null) return undefined;
  placeReservation(tree, reservation);
  const main = reservation.regions.find(({ kind }) => kind === 'main');
  return { ...host, cmdline, iomem: printIomem(tree), kexecCrashSize: main && main.end - main.start + 1n };
}

const CHECKS = [checkCrashkernel, checkCrashSize, checkCrashRegionRoom];

/** What is said of memory for a crash kernel. */
const told = (host: Host, load: Load | undefined): Finding[] =>
  CHECKS.map((check) => check(host, load)).filter((finding) => finding !== undefined);

function expectFits(host: Host, todo: string): void {
  for (const line of named(todo)) {
    const { outcome, verdict } = judge(host, line);
    const allowed = /may find no room/.test(todo) ? ['fits', 'may fit'] : ['fits'];
    expect(allowed, `${host.cmdline} → ${todo}: ${line}`).toContain(outcome);
    expect(verdict.size <= (mostToAdvise(host) ?? 0n), `${host.cmdline} → ${todo}: more than half`).toBe(true);
  }
}

/** The last that is named is what this machine wants, where that is to be had. */
function expectInOrder(host: Host, todo: string, load: Load | undefined): void {
  const line = named(todo).at(-1);
  const wanted = adviceSize(host, load);
  if (line === undefined || wanted === undefined || !/^write|^leave out|or rather/.test(todo)) return;
  if (judge(host, `crashkernel=${wanted}`).outcome !== 'fits') return;
  const after = rebooted(host, line);
  expect(after, `${host.cmdline} → ${todo}`).toBeDefined();
  const trouble = after === undefined ? [] : told(after, load).filter(({ severity }) => severity !== 'ok');
  expect(trouble, `${host.cmdline} → ${todo}`).toEqual([]);
}

describe('what is advised is understood by that kernel, finds a place, and is found in order then', () => {
  const cases = RELEASES.flatMap((release) =>
    KINDS.map(([kind, files, load]) => [release, kind, files, load] as const),
  );

  test.each(cases)('%s, %s', async (release, _, files, load) => {
    const machine = await hostWith({ ...files, '/proc/sys/kernel/osrelease': `${release}\n` });
    for (const [, iomem] of MAPS) {
      for (const cmdline of LINES) {
        const host = { ...machine, iomem, cmdline };
        for (const { todo, why } of told(host, load)) {
          expect(`${why} ${todo}`).not.toMatch(/undefined/);
          expectFits(host, todo);
          expectInOrder(host, todo, load);
        }
      }
    }
  });
});
