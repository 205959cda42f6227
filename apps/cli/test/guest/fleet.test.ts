import { once } from 'node:events';
import { createHash } from 'node:crypto';
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
  crashes: { name: 'by-crash-region', cmdline: 'crashkernel=512M', machineId: '1'.repeat(32) },
  sick: { name: 'by-mmu-on-sick', cmdline: '', machineId: '2'.repeat(32) },
  dead: { name: 'by-mmu-on-dead', cmdline: '', machineId: '3'.repeat(32) },
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

/** Plans a rollout over what is on. */
async function plan(): Promise<Outcome> {
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
      returnWithin: '3m',
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
  const died = once(coordinator, 'close');
  await Promise.race([
    host.leaves(),
    died.then(() => {
      throw new Error(`the coordinator ended by itself: ${said}`);
    }),
  ]);
  coordinator.kill('SIGKILL');
  await died;
}

/** Switches a host off when its old kernel is gone and no other has come up, and keeps its console as a console server does. */
async function dies(host: SshGuest): Promise<string> {
  await host.leaves();
  const console = await host.switchOff();
  writeFileSync(path(`${host.name}.console`), console);
  return console;
}

/** Each rollout that has claimed a host, by what is left on its disk. */
function claimsOn({ disk }: SshGuest): { readonly rollout: string; readonly boot: string }[] {
  mendDisk(disk);
  return namesOnDisk(disk, CLAIMS).map((name) => JSON.parse(readFromDisk(disk, `${CLAIMS}/${name}`)));
}

test('a rollout over three machines: one is done, one is sick, one never comes back, and the coordinator dies', {
  timeout: 15 * MINUTES,
}, async ({ skip }) => {
  const why = whyNot();
  if (why !== undefined) skip(why);
  const fleet = new SshFleet(folder);
  const crashes = await switchOn(fleet, 'crashes');
  const sick = await switchOn(fleet, 'sick');
  const dead = await switchOn(fleet, 'dead');
  const all = [crashes, sick, dead];
  await Promise.all(all.map((host) => host.up()));

  const planned = await plan();
  expect(planned.code, planned.err).toBe(0);
  const { classes, left } = JSON.parse(planned.out);
  expect(left).toEqual([]);
  expect(classes).toEqual([
    expect.objectContaining({ strategy: 'crash-region', hosts: 1 }),
    expect.objectContaining({ strategy: 'mmu-on', hosts: 2 }),
  ]);

  const death = dies(dead);
  await dieWhenGone(crashes);
  expect(countedIn(await crashes.console()), 'it was on its way').toEqual({ ups: 1, leaves: 1 });
  const ended = await kexeckit(...RUN);
  const status = JSON.parse(ended.out);
  const results = new Map(status.hosts.map((host: { host: string; result: object }) => [host.host, host.result]));
  const show = JSON.stringify(status, undefined, 1);

  expect(results.get(crashes.name), show).toMatchObject({ outcome: 'done', kernelAfter: releaseOf(NEW) });
  console.log(show, ended.err);
  await death;
  const consoles = await Promise.all(all.map((host) => host.switchOff()));
  expect(consoles.map(countedIn)).toEqual([
    { ups: 2, leaves: 1 },
    { ups: 2, leaves: 1 },
    { ups: 1, leaves: 1 },
  ]);
  console.log(all.map(claimsOn));
});
