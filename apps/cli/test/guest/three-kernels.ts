import { createHash, randomBytes } from 'node:crypto';
import {
  type Entry,
  type GuestRun,
  guestRoot,
  imageOf,
  initramfs,
  type KernelVersion,
  runGuest,
  type Scenario,
  type Step,
  whyNoGuest,
} from '@kexeckit/guests';
import { expect } from 'vitest';

const MINUTES = 60_000;

/** How long such a guest may take. */
export const DEADLINE: number = 15 * MINUTES;

/** Something in each initramfs that shows whether it came over whole. */
const cargo = randomBytes(300_000);
const digest = createHash('sha256').update(cargo).digest('hex');

/** What each kernel is asked. */
const says = [
  'uname -r',
  'nproc',
  'cat /proc/cmdline',
  'sha256sum /cargo',
  'grep -E "^[0-9a-f].* : reserved|Crash kernel" /proc/iomem',
];

/** Says where the time of the reboot went that led to this kernel. */
const TIMELINE = 'kexeckit timeline --last';

/** Reboots into the files in /boot. */
const rebootInto = (stage: number, { options, append = '' }: Hop): string =>
  // The console gets what a kernel says when it goes.
  `dmesg -n 8; kexeckit reboot --machine linux --kernel /boot/Image --initrd /boot/initrd ${options} ` +
  `--append "console=ttyAMA0 panic=-1 guest_stage=${stage} ${append}"`;

/** The files of the kernel that is rebooted into. */
const filesFor = (kernel: KernelVersion, initrd: Uint8Array): Entry[] => [
  { kind: 'copy', path: 'boot/Image', from: imageOf(kernel) },
  { kind: 'file', path: 'boot/initrd', content: initrd },
];

/** A kernel on a machine. */
export type Host = Pick<Scenario, 'kernel' | 'firmware' | 'level'>;

/** One reboot: the command's options, and what is added to the next kernel's command line. */
export interface Hop {
  readonly options: string;
  readonly append?: string;
}

/** Three kernels in a row: each comes up from an initramfs that has the next one's in it. */
export async function threeKernels(host: Host, cmdline: string, hops: readonly [Hop, Hop]): Promise<GuestRun> {
  const { kernel } = host;
  const carried: Entry = { kind: 'file', path: 'cargo', content: cargo };
  const third = initramfs(guestRoot([], [[], [], says], [carried]), 1);
  const commands = [...says, TIMELINE, rebootInto(3, hops[1])];
  const second = initramfs(guestRoot(['kexeckit'], [[], commands], [carried, ...filesFor(kernel, third)]), 1);
  return await runGuest({
    ...host,
    cmdline,
    has: ['kexeckit'],
    stages: [[rebootInto(2, hops[0])]],
    entries: filesFor(kernel, second),
    deadlineMs: DEADLINE,
  });
}

/** What a kernel said of itself. */
export interface Answers {
  readonly release: string | undefined;
  /** With one blank between two parameters. */
  readonly cmdline: string | undefined;
  /** Lines of /proc/iomem: what it keeps out of, and its own crash region. */
  readonly kept: readonly string[];
  /** Of the reboot that led to it; the third one has no command to say that. */
  readonly timeline: string | undefined;
}

/** What a kernel said; it must have all CPUs, and its initramfs whole. */
export function answers(steps: readonly Step[] = [], console = ''): Answers {
  const asked = steps.slice(0, says.length);
  expect(
    asked.slice(0, 4).map(({ status }) => status),
    console.slice(-4000),
  ).toEqual([0, 0, 0, 0]);
  const [release, cpus, cmdline, sum, kept = ''] = asked.map(({ output }) => output.trim());
  expect([cpus, sum]).toEqual(['2', `${digest}  /cargo`]);
  const timeline = steps[says.length]?.output;
  return {
    release,
    cmdline: cmdline?.split(/ +/).join(' '),
    kept: kept.split('\n').map((line) => line.trim()),
    timeline,
  };
}

/** Skips a test whose guest cannot be had here. */
export function skipWithout(host: Host, skip: (why: string) => void): void {
  const why = whyNoGuest({ ...host, has: ['kexeckit'] });
  if (why !== undefined) skip(why);
}
