import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeHost, readBundle } from '@kexeckit/linux';
import { checkMachine, generateWorkload, minimalDeviceTree, parsePlan, type RebootPlan } from '@kexeckit/reboot';
import type { DigestedFile } from '@kexeckit/rollout';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Agent } from '../agent/agent.ts';
import { FleetError } from '../error.ts';
import { bundleOf, guestFiles, type HostFiles } from '../simulation/guests.ts';
import { fleetOf, ownBoot } from '../testing/surveyed.ts';
import { realityOfBundle } from './class-key.ts';
import { planClass, planClasses } from './class-plan.ts';
import { type Survey, survey } from './survey.ts';

/** Threads run what is built. */
const worker = new URL('../../dist/reality/class-worker.js', import.meta.url);

let folder = '';
const digested = (name: string, bytes: Uint8Array): DigestedFile => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return { path, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
};
let next: { kernel: DigestedFile; initrd: DigestedFile; dtb: undefined; cmdline: string; strategy: string };
const agent: DigestedFile = { path: '/nowhere', size: 1, sha256: 'a'.repeat(64) };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kexeckit-reality-'));
  const files = generateWorkload(64 << 10, 64 << 10, 5);
  next = {
    kernel: digested('Image', files.kernel),
    initrd: digested('initrd', files.initrd ?? new Uint8Array()),
    dtb: undefined,
    cmdline: 'quiet',
    strategy: 'auto',
  };
});
afterAll(() => rmSync(folder, { recursive: true }));

const ram = [{ start: 0x4000_0000n, end: 0xbfff_ffffn }];
const changes: readonly (readonly [string, HostFiles])[] = [
  ['more CPUs', { 'sys/devices/system/cpu/online': '0-3\n' }],
  ['another map', { 'proc/iomem': '40000000-bfffffff : System RAM\n  40210000-415fffff : Kernel code\n' }],
  ['a smaller region', { 'proc/iomem': String(guestFiles['proc/iomem']).replace('9fffffff', '97ffffff') }],
  ['another device tree', { 'sys/firmware/fdt': minimalDeviceTree(ram, 2) }],
  ['SHA-256 instructions', { 'proc/cpuinfo': 'processor\t: 0\nFeatures\t: fp asimd sha1 sha2\n\n' }],
];
/** What no plan is refused for, but planning has to go by. */
const others: readonly (readonly [string, HostFiles])[] = [
  ['another release', { 'proc/sys/kernel/osrelease': '5.10.0-30-arm64\n' }],
  ['a switch that forbids kexec', { 'proc/sys/kernel/kexec_load_disabled': '1\n' }],
];
const volatile: readonly (readonly [string, HostFiles])[] = [
  ['free memory', { 'proc/meminfo': 'MemTotal: 2000000 kB\nMemAvailable: 1400000 kB\nCmaTotal: 0 kB\n' }],
  ['process status', { 'proc/self/status': 'Name:\tnode\nPid:\t7\nCapEff:\t000001ffffffffff\nSeccomp:\t0\n' }],
  ['addresses of symbols', { 'proc/kallsyms': 'eeee T __arm64_sys_kexec_load\n' }],
];

describe('the key of a class', () => {
  const keyOf = async (files: HostFiles = {}): Promise<string> =>
    (await realityOfBundle(await bundleOf({ ...guestFiles, ...files }))).key;

  it('is the same for the same host, and no part of a plan’s text', async () => {
    expect(await keyOf()).toMatch(/^[0-9a-f]{64}$/);
    expect(await keyOf()).toBe(await keyOf());
  });

  it.each([...changes, ...others])('is another with %s', async (_, files) => {
    expect(await keyOf(files)).not.toBe(await keyOf());
  });

  it.each(volatile)('is the same with other %s', async (_, files) => {
    expect(await keyOf(files)).toBe(await keyOf());
  });

  it('splits whatever a saved plan refuses, and a plan is taken by what is not split', async () => {
    const found = { key: '', route: undefined, bundle: await bundleOf(), by: 'a', hosts: 1 };
    const { plan } = await planClass(found, { ...next, strategy: 'crash-region' }, { folder, worker });
    const saved: RebootPlan = parsePlan(readFileSync(plan.path, 'utf8'));
    for (const [name, files] of [...changes, ...others, ...volatile]) {
      const bundle = await bundleOf({ ...guestFiles, ...files });
      const isSame = (await realityOfBundle(bundle)).key === (await keyOf());
      const reality = describeHost((await readBundle(bundle)).host);
      const isTaken = await checkMachine(saved, reality).then(
        () => true,
        () => false,
      );
      if (!isTaken) expect(isSame, name).toBe(false);
      if (isSame) expect(isTaken, name).toBe(true);
    }
  });

  it('is none of a bundle that is none', async () => {
    await expect(realityOfBundle(new Uint8Array(1024))).rejects.toMatchObject({ name: 'LinuxError' });
  });
});

describe('a survey', () => {
  it('puts hosts into classes, and leaves out who does not answer', async () => {
    const bundles = [await bundleOf(), await bundleOf({ ...guestFiles, ...changes[0]?.[1] })];
    const { inventory, side, installed } = fleetOf(bundles, ownBoot, 6);
    const silent = new FleetError('ECONNREFUSED', 'nobody is there', 'look', { host: 'h3' });
    const progress: number[] = [];
    const found = await survey(inventory, {
      agent,
      agentFor: (host) => (host.name === 'h3' ? { ...side, identify: () => Promise.reject(silent) } : side),
      concurrency: 2,
      onProgress: (done) => progress.push(done),
    });
    expect(found.classes.map(({ hosts, by }) => [hosts, by])).toEqual([
      [3, 'h0'],
      [2, 'h1'],
    ]);
    expect(found.hosts.map(({ name }) => name)).toEqual(['h0', 'h1', 'h2', 'h4', 'h5']);
    expect(new Set(found.hosts.map(({ class: key }) => key))).toEqual(new Set(found.classes.map(({ key }) => key)));
    expect(found.left).toEqual([{ host: 'h3', why: 'ECONNREFUSED: nobody is there; look' }]);
    expect(progress).toEqual([1, 2, 3, 4, 5, 6]);
    expect(installed()).toBe(5);
  });

  it('leaves out names that lead to one machine', async () => {
    const { inventory, side } = fleetOf([await bundleOf()], (at) => ownBoot(at < 3 ? 0 : at), 5);
    const found = await survey(inventory, { agent, agentFor: () => side, concurrency: 5 });
    expect(found.hosts.map(({ name }) => name)).toEqual(['h3', 'h4']);
    expect(found.left.map(({ host }) => host)).toEqual(['h0', 'h1', 'h2']);
    expect(found.left[0]?.why).toMatch(/same boot as h1, and 1 more/);
    expect(found.classes.map(({ hosts }) => hosts)).toEqual([2]);
  });

  it('leaves out hosts whose tar is none, or that say two things', async () => {
    const { inventory, side } = fleetOf([await bundleOf(), new Uint8Array(1024)], ownBoot, 2);
    const found = await survey(inventory, { agent, agentFor: () => side, concurrency: 1 });
    expect(found.left).toMatchObject([{ host: 'h1', why: expect.stringMatching(/^EINVAL: the bundle/) }]);
  });

  it('asks no more hosts at once than it is told, and none after the signal', async () => {
    const { inventory, side } = fleetOf([await bundleOf()], ownBoot, 50);
    let [now, most, asked] = [0, 0, 0];
    const stop = new AbortController();
    const identify: Agent['identify'] = async (host) => {
      [now, asked] = [now + 1, asked + 1];
      most = Math.max(most, now);
      if (asked === 20) stop.abort(new Error('enough'));
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return await side.identify(host);
    };
    const options = { agent, agentFor: () => ({ ...side, identify }), concurrency: 4, signal: stop.signal };
    await expect(survey(inventory, options)).rejects.toThrow(/enough|aborted/);
    expect(most).toBe(4);
    expect(asked).toBeLessThan(25);
  });
});

describe('plans of classes', () => {
  it('cost 100 000 hosts as much as their classes', async () => {
    const sizes = Array.from({ length: 24 }, (_, at) => 0x9000_0000 + (at + 4) * 0x100_0000 - 1);
    const bundles = await Promise.all(
      sizes.map((end) => {
        const map = String(guestFiles['proc/iomem']).replace('9fffffff', end.toString(16));
        return bundleOf({ ...guestFiles, 'proc/iomem': map });
      }),
    );
    const { inventory, side } = fleetOf(bundles, ownBoot, 100_000);
    const found = await survey(inventory, { agent, agentFor: () => side, concurrency: 64 });
    expect(found.hosts).toHaveLength(100_000);
    expect(found.classes).toHaveLength(24);
    let planned = 0;
    const plans = join(folder, 'many');
    const onProgress = (): void => {
      planned += 1;
    };
    const options = { folder: plans, worker, concurrency: 2, onProgress };
    const { classes, hosts } = await planClasses(found, { ...next, strategy: 'mmu-on' }, options);
    expect(planned).toBe(24);
    expect(readdirSync(plans)).toHaveLength(24);
    expect(hosts).toHaveLength(100_000);
    expect(classes.reduce((sum, each) => sum + each.hosts, 0)).toBe(100_000);
    for (const { proof } of classes) expect(proof).toMatchObject({ rehearsals: 1, checks: expect.any(Number) });
  }, 300_000);

  const surveyed = async (files: HostFiles = {}): Promise<Survey> => {
    const { inventory, side } = fleetOf([await bundleOf({ ...guestFiles, ...files })], ownBoot, 2);
    return await survey(inventory, { agent, agentFor: () => side, concurrency: 1 });
  };

  it('are saved under their digest, for their owner, and leave the loop alone', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const { classes } = await planClasses(await surveyed(), next, { folder: join(folder, 'one'), worker });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(10);
    const [{ plan, strategy } = { plan: agent, strategy: '' }] = classes;
    expect(strategy).toBe('crash-region');
    const bytes = readFileSync(plan.path);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(plan.sha256);
    expect(bytes).toHaveLength(plan.size);
    expect(parsePlan(bytes.toString()).wishes).toMatchObject({ cmdline: 'quiet', strategy });
    expect(readdirSync(join(folder, 'one'))).toEqual([`${plan.sha256}.json`]);
  });

  it.each<[string, HostFiles, object, RegExp]>([
    ['has no route', { 'proc/sys/kernel/kexec_load_disabled': '1\n' }, {}, /^EOPNOTSUPP: .*h0/],
    ['has no room', {}, { strategy: 'reserved' }, /^(EINVAL|EIO|EOPNOTSUPP): /],
    ['is to go by no strategy', {}, { strategy: 'teleport' }, /^EINVAL: no host has such a strategy/],
    ['has a kernel that is gone', {}, { kernel: { ...agent } }, /^(ENOENT|EIO): /],
  ])('are none for a class that %s: its hosts are left out', async (_, files, other, why) => {
    const planned = await planClasses(await surveyed(files), { ...next, ...other }, { folder, worker });
    expect(planned.classes).toEqual([]);
    expect(planned.hosts).toEqual([]);
    expect(planned.left.map(({ host }) => host)).toEqual(['h0', 'h1']);
    for (const left of planned.left) expect(left.why).toMatch(why);
  });

  it('end with their signal, and at their limit', async () => {
    const found = await surveyed();
    const signal = AbortSignal.timeout(1);
    await expect(planClasses(found, next, { folder, worker, signal })).rejects.toMatchObject({ code: 'ECANCELED' });
    const { left } = await planClasses(found, next, { folder, worker, limitMs: 1 });
    expect(left[0]?.why).toMatch(/^ETIMEDOUT/);
  });
});
