import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type Entry,
  type GuestRun,
  guestRoot,
  imageOf,
  initramfs,
  type KernelVersion,
  releaseOf,
  runGuest,
  type Scenario,
  whyNoGuest,
} from '@kexeckit/guests';
import { describe, expect, test } from 'vitest';

/** Something in the next kernel's initramfs that shows whether it came over whole. */
const cargo = randomBytes(3_000_000);
const digest = createHash('sha256').update(cargo).digest('hex');

/** The initramfs of the kernel that is rebooted into: it says what it finds. */
async function nextInitramfs(): Promise<Uint8Array> {
  const says = ['uname -r', 'nproc', 'cat /proc/cmdline', 'sha256sum /cargo', 'grep "Crash kernel" /proc/iomem'];
  return initramfs(await guestRoot([], [[], says], [{ kind: 'file', path: 'cargo', content: cargo }]), 1);
}

/** The files of the kernel that is rebooted into, in the guest. */
async function nextFiles(kernel: KernelVersion): Promise<Entry[]> {
  return [
    { kind: 'file', path: 'boot/Image', content: readFileSync(imageOf(kernel)) },
    { kind: 'file', path: 'boot/initrd', content: await nextInitramfs() },
  ];
}

type Host = Pick<Scenario, 'kernel' | 'firmware' | 'level'>;

const hosts: readonly Host[] = [
  { kernel: '5.10', firmware: 'dt', level: 'EL1' },
  { kernel: '6.1', firmware: 'uefi', level: 'EL2' },
  { kernel: '6.12', firmware: 'uefi', level: 'EL1' },
  { kernel: '7.3', firmware: 'dt', level: 'VHE' },
];

const MINUTES = 60_000;

/** An emulated CPU rehearses for minutes what a real one does in a second: left out here, it is tested on the host. */
const UNREHEARSED = '--rehearse no';

async function rebootIn(host: Host, options: string): Promise<GuestRun> {
  const command = [
    'kexeckit reboot --machine linux --strategy crash-region --kernel /boot/Image --initrd /boot/initrd',
    '--append "console=ttyAMA0 guest_stage=2 crashkernel=320M panic=-1"',
    UNREHEARSED,
    options,
  ].join(' ');
  return await runGuest({
    ...host,
    has: ['kexeckit'],
    cmdline: 'crashkernel=320M panic=-1',
    stages: [['grep "Crash kernel" /proc/iomem', command]],
    entries: await nextFiles(host.kernel),
    deadlineMs: 8 * MINUTES,
  });
}

describe('a stock kernel is rebooted in place, verified by our purgatory', () => {
  test.for(hosts)('$kernel by $firmware at $level', { timeout: 10 * MINUTES }, async (host, { skip }) => {
    const why = whyNoGuest({ ...host, has: ['kexeckit'] });
    if (why !== undefined) skip(why);
    const marks = host.firmware === 'dt' ? '--breadcrumbs' : '';
    const { console, stages } = await rebootIn(host, `--no-capture-kernel ${marks}`);
    const [first = [], second = []] = stages;
    expect(
      second.map(({ status }) => status),
      console.slice(-3000),
    ).toEqual([0, 0, 0, 0, 0]);
    const [release, cpus, cmdline, sum, region] = second.map(({ output }) => output.trim());
    expect(release).toBe(releaseOf(host.kernel));
    expect(cpus).toBe('2');
    expect(cmdline).toBe('console=ttyAMA0 guest_stage=2 panic=-1 crashkernel=327680K');
    expect(sum).toBe(`${digest}  /cargo`);
    // The next kernel lives in the old region, and has found another one by itself.
    expect(region).toMatch(/^[0-9a-f]+-[0-9a-f]+ : Crash kernel$/);
    expect(region).not.toBe(first[0]?.output.trim());
    // Entered, tables on, verified, tables off, jumping.
    if (marks !== '') expect(console).toMatch(/kmvoj/);
    expect(first[1]?.status).toBeUndefined();
  });
});

test('load, unload and exec, and what each refuses', { timeout: 10 * MINUTES }, async ({ skip }) => {
  const host: Host = { kernel: '6.1', firmware: 'dt', level: 'EL1' };
  const why = whyNoGuest({ ...host, has: ['kexeckit'] });
  if (why !== undefined) skip(why);
  const load = (kernel: string, options: string): string =>
    `kexeckit load --kernel ${kernel} --initrd /boot/initrd --append "console=ttyAMA0 guest_stage=2" ${UNREHEARSED} ${options}`;
  const { console, stages } = await runGuest({
    ...host,
    has: ['kexeckit'],
    cmdline: 'crashkernel=256M',
    stages: [
      [
        'kexeckit status',
        'kexeckit exec',
        load('/boot/Image', ''),
        load('/boot/initrd', '--no-capture-kernel'),
        load('/boot/Image', '--no-capture-kernel'),
        'kexeckit status',
        load('/boot/Image', '--no-capture-kernel'),
        'kexeckit unload',
        'cat /sys/kernel/kexec_loaded /sys/kernel/kexec_crash_loaded',
        load('/boot/Image', '--no-capture-kernel'),
        'kexeckit exec',
      ],
    ],
    entries: await nextFiles(host.kernel),
    deadlineMs: 8 * MINUTES,
  });
  const [steps = [], second = []] = stages;
  const said = (at: number): string => `${steps[at]?.status} ${steps[at]?.output}`;
  expect(said(0), console.slice(-3000)).toMatch(
    /^1 for a reboot {3}nothing is loaded\nfor a panic {4}nothing is loaded, 256/,
  );
  expect(said(1)).toMatch(/^1 .*ENOENT: no image is loaded; load one first/s);
  expect(said(2)).toMatch(/^1 .*say that none is kept: --no-capture-kernel/s);
  expect(said(3)).toMatch(/^1 .*kexeckit: failed/s);
  expect(said(4)).toMatch(/^0 .*loaded: kexeckit exec reboots into it/s);
  expect(said(5)).toMatch(/^0 for a reboot {3}loaded\nfor a panic {4}loaded/);
  expect(said(6)).toMatch(/^1 .*EBUSY: an image is loaded already/s);
  expect(said(7)).toMatch(/^0 for a reboot {3}nothing is loaded/);
  expect(said(8)).toBe('0 0\n0\n');
  expect(steps[10]?.status, 'exec does not return').toBeUndefined();
  expect(second[0]?.output.trim(), console.slice(-3000)).toBe(releaseOf(host.kernel));
});

test('a panic while it is loaded starts the next kernel', { timeout: 6 * MINUTES }, async ({ skip }) => {
  const host: Host = { kernel: '6.12', firmware: 'dt', level: 'EL2' };
  const why = whyNoGuest({ ...host, has: ['kexeckit'] });
  if (why !== undefined) skip(why);
  const load = `kexeckit load --kernel /boot/Image --initrd /boot/initrd --append "console=ttyAMA0 guest_stage=2" ${UNREHEARSED}`;
  const { console, stages } = await runGuest({
    ...host,
    has: ['kexeckit'],
    cmdline: 'crashkernel=320M',
    stages: [[`${load} --no-capture-kernel`, 'echo c >/proc/sysrq-trigger']],
    entries: await nextFiles(host.kernel),
    deadlineMs: 5 * MINUTES,
  });
  const [first = [], second = []] = stages;
  expect(first[0]?.status, console.slice(-3000)).toBe(0);
  expect(second[0]?.output.trim(), console.slice(-3000)).toBe(releaseOf(host.kernel));
});
