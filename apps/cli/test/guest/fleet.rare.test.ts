import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  diskInitramfs,
  type Entry,
  imageOf,
  mendDisk,
  namesOnDisk,
  readFromDisk,
  releaseOf,
  sshHostSets,
  whyMissing,
  whyNoDisk,
  whyNoGuest,
} from '@kexeckit/guests';
import type { Evidence } from '@kexeckit/rollout';
import { whyNoProgram } from '@kexeckit/testing';
import { expect, test } from 'vitest';
import { kexeckit, type Outcome, start, testFolder } from '../kexeckit.ts';
import { countedIn, SshFleet, type SshGuest } from './ssh-guest.ts';

const MINUTES = 60_000;
const folder = testFolder();
const path = (name: string): string => join(folder, name);

/** The kernel that all hosts run, before 5.16, and the one that they are to run. */
const [OLD, NEW] = ['5.10', '6.1'] as const;
/** The host's side: one file that Node runs. */
const AGENT = join(import.meta.dirname, '../../dist/bundle/kexeckit.cjs');
const ID = 'guests-1';
const CLAIMS = '/var/lib/kexeckit/rollouts';

/** A host of each strategy that comes back, and one that does not. */
const hosts = {
  good: { name: 'good', cmdline: 'crashkernel=512M', machineId: '1'.repeat(32) },
  sick: { name: 'sick', cmdline: '', machineId: '2'.repeat(32) },
  dead: { name: 'dead', cmdline: 'crashkernel=512M', machineId: '3'.repeat(32) },
} as const;

function whyNot(): string | undefined {
  return (
    whyNoGuest({ kernel: OLD }) ??
    whyMissing([`linux-${NEW}`, `drivers-${OLD}`, `drivers-${NEW}`, ...sshHostSets]) ??
    whyNoDisk() ??
    ['ssh', 'ssh-keygen'].map(whyNoProgram).find(Boolean)
  );
}

/** What stands on a disk: the next kernel by its digest, as an emulated network takes long; and what makes it healthy. */
function entriesOf(isHealthy: boolean): Entry[] {
  const kernel = readFileSync(imageOf(NEW));
  const sha256 = createHash('sha256').update(kernel).digest('hex');
  const installed = `var/lib/kexeckit/fleet/${sha256}`;
  const kdump = `USE_KDUMP=1\nKDUMP_KERNEL=/${installed}\nKDUMP_INITRD=/boot/initrd\n`;
  return [
    { kind: 'file', path: installed, content: kernel, mode: 0o700 },
    { kind: 'file', path: 'boot/initrd', content: diskInitramfs(NEW) },
    { kind: 'file', path: 'etc/default/kdump-tools', content: kdump },
    ...(isHealthy ? [{ kind: 'file', path: 'etc/healthy', content: '' } as const] : []),
  ];
}

async function switchOn(fleet: SshFleet, which: keyof typeof hosts): Promise<SshGuest> {
  const more = { kernel: OLD, entries: entriesOf(which !== 'sick'), deadlineMs: 14 * MINUTES };
  return await fleet.host({ ...hosts[which], ...more });
}

/** Plans a rollout over what is on. @param patienceMs how long a host may be away */
async function plan(patienceMs: number): Promise<Outcome> {
  const inventory = Object.values(hosts).map(({ name }) => ({ name }));
  writeFileSync(path('hosts.json'), JSON.stringify({ hosts: inventory }));
  writeFileSync(
    path('policy.json'),
    JSON.stringify({
      concurrency: 3,
      failureBudget: 1,
      health: { argv: ['test', '-f', '/etc/healthy'], on: 'host', limit: '1m' },
      healthWithin: '10s',
      console: ['tail', '-n', '40', path('{host}.console')],
      returnWithin: `${Math.ceil(patienceMs / 1000)}s`,
    }),
  );
  writeFileSync(path('next'), diskInitramfs(NEW));
  return await kexeckit(
    ...['fleet', 'plan', '--inventory', path('hosts.json'), '--policy', path('policy.json'), '--id', ID],
    ...['--kernel', imageOf(NEW), '--initrd', path('next'), '--append', 'console=ttyAMA0 panic=-1'],
    ...['--release', releaseOf(NEW), '--agent', AGENT, '--output', path('rollout.json'), '--json'],
  );
}

const RUN = ['fleet', 'run', path('rollout.json'), '--database', path('db'), '--json'] as const;

/** Starts a coordinator, and lets it die when a host has left its old kernel. */
async function dieWhenGone(host: SshGuest): Promise<void> {
  const coordinator = start(RUN, { ...process.env, NO_COLOR: '1' });
  let said = '';
  for (const stream of [coordinator.stdout, coordinator.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const died = once(coordinator, 'close').then(() => {
    if (coordinator.signalCode === null) throw new Error(`the coordinator ended by itself: ${said}`);
  });
  try {
    await Promise.race([host.leaves(), died]);
  } finally {
    coordinator.kill('SIGKILL');
  }
  await died;
}

/** Switches a host off when its old kernel is gone and no other has come up, and keeps its console as a console server does. */
async function dies(host: SshGuest): Promise<void> {
  await host.leaves();
  writeFileSync(path(`${host.name}.console`), await host.switchOff());
}

/** Each rollout that has claimed a host, by what is left on its disk. */
function claimsOn({ disk }: SshGuest): readonly object[] {
  mendDisk(disk);
  return namesOnDisk(disk, CLAIMS).map((name) => JSON.parse(readFromDisk(disk, `${CLAIMS}/${name}`)));
}

/** Parts of what is said of a host. */
interface Said {
  readonly bootBefore?: string;
  readonly bootAfter?: string;
  readonly evidence?: Evidence;
}

const BOOT_ID = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);

test('a rollout over three machines: one is done, one is sick, one does not come back, and the coordinator dies', {
  timeout: 15 * MINUTES,
}, async ({ skip }) => {
  const why = whyNot();
  if (why !== undefined) skip(why);
  const begin = performance.now();
  const fleet = new SshFleet(folder);
  const good = await switchOn(fleet, 'good');
  const sick = await switchOn(fleet, 'sick');
  const dead = await switchOn(fleet, 'dead');
  const all = [good, sick, dead];
  await Promise.all(all.map((host) => host.up()));
  // An emulated CPU is as slow as the machine under it is busy.
  const patience = Math.max(1.5 * MINUTES, 6 * (performance.now() - begin));

  const planned = await plan(patience);
  expect(planned.code, planned.err).toBe(0);
  const { classes, left } = JSON.parse(planned.out);
  expect(left).toEqual([]);
  // What firmware and kernel keep may differ from boot to boot: two hosts of one kind are one class, or two.
  const hostsBy = (strategy: string): number =>
    classes
      .filter((each: { readonly strategy: string }) => each.strategy === strategy)
      .reduce((sum: number, { hosts: count }: { readonly hosts: number }) => sum + count, 0);
  expect([hostsBy('crash-region'), hostsBy('mmu-on')]).toEqual([2, 1]);

  const death = dies(dead);
  death.catch(() => {});
  await dieWhenGone(good);
  expect(countedIn(await good.console()), 'it has left, and is not back').toEqual({ ups: 1, leaves: 1 });
  const ended = await kexeckit(...RUN);
  await death;

  expect(ended.code, ended.err).toBe(1);
  const { hosts: told, ...status } = JSON.parse(ended.out);
  expect(status).toMatchObject({
    state: 'stopped',
    failureBudget: 1,
    outcomes: { done: 1, refused: 0, failed: 1, lost: 1, undone: 0, skipped: 0 },
  });
  const results: readonly Said[] = all.map(
    ({ name }) => told.find(({ host }: { readonly host: string }) => host === name)?.result,
  );
  expect(results).toMatchObject([
    { outcome: 'done', bootAfter: BOOT_ID, kernelAfter: releaseOf(NEW) },
    { outcome: 'failed', bootAfter: BOOT_ID, kernelAfter: releaseOf(NEW), trouble: { phase: 'health' } },
    { outcome: 'lost', console: expect.arrayContaining([expect.stringMatching(/Bye!$/)]) },
  ]);
  for (const { bootBefore, bootAfter } of results) expect(bootAfter).not.toBe(bootBefore);
  // Their logs tell of the reboot, if only within bounds.
  const logged = Object.values(results[0]?.evidence ?? {});
  expect(logged.length).toBeGreaterThan(0);
  for (const { ms } of logged) expect(ms).toBeGreaterThan(0);

  // What the machines themselves have of it.
  const consoles = await Promise.all(all.map((host) => host.switchOff()));
  expect(consoles.map(countedIn)).toEqual([
    { ups: 2, leaves: 1 },
    { ups: 2, leaves: 1 },
    { ups: 1, leaves: 1 },
  ]);
  expect(all.map(claimsOn)).toEqual(
    results.map(({ bootBefore }) => [{ rollout: ID, boot: bootBefore, at: expect.any(String) }]),
  );
});
