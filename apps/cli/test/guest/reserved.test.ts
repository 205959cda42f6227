import { createHash, randomBytes } from 'node:crypto';
import {
  type Entry,
  guestRoot,
  imageOf,
  initramfs,
  type KernelVersion,
  releaseOf,
  runGuest,
  type Scenario,
  type Step,
  whyNoGuest,
} from '@kexeckit/guests';
import { describe, expect, test } from 'vitest';

/** Something in each initramfs that shows whether it came over whole. */
const cargo = randomBytes(300_000);
const digest = createHash('sha256').update(cargo).digest('hex');

const MINUTES = 60_000;

/** What each kernel is asked. */
const says = [
  'uname -r',
  'nproc',
  'cat /proc/cmdline',
  'sha256sum /cargo',
  'grep "^[0-9a-f].* : reserved" /proc/iomem',
];

/** Reboots into the files in /boot; a rehearsal would take an emulated CPU minutes, and is tested on the host. */
const rebootInto = (stage: number, options: string): string =>
  `kexeckit reboot --machine linux --kernel /boot/Image --initrd /boot/initrd --rehearse no ${options} ` +
  `--append "console=ttyAMA0 panic=-1 guest_stage=${stage} $(grep -o 'mem=[^ ]*' /proc/cmdline)"`;

/** The files of the kernel that is rebooted into. */
const filesFor = (kernel: KernelVersion, initrd: Uint8Array): Entry[] => [
  { kind: 'copy', path: 'boot/Image', from: imageOf(kernel) },
  { kind: 'file', path: 'boot/initrd', content: initrd },
];

type Host = Pick<Scenario, 'kernel' | 'firmware' | 'level'>;

/** Three kernels in a row: each comes up from an initramfs that has the next one's in it. */
async function threeKernels(host: Host, options: Pick<Scenario, 'cmdline'>, hops: readonly [string, string]) {
  const { kernel } = host;
  const carried: Entry = { kind: 'file', path: 'cargo', content: cargo };
  const third = initramfs(await guestRoot([], [[], [], says], [carried]), 1);
  const commands = [...says, rebootInto(3, hops[1])];
  const second = initramfs(await guestRoot(['kexeckit'], [[], commands], [carried, ...filesFor(kernel, third)]), 1);
  return await runGuest({
    ...host,
    ...options,
    has: ['kexeckit'],
    stages: [[rebootInto(2, hops[0])]],
    entries: filesFor(kernel, second),
    deadlineMs: 10 * MINUTES,
  });
}

/** What a kernel said, and where it is told to keep out of. */
function answers(steps: readonly Step[] = [], console = '') {
  expect(
    steps.slice(0, says.length).map(({ status }) => status),
    console.slice(-4000),
  ).toEqual(says.map(() => 0));
  const [release, cpus, cmdline, sum, kept = ''] = steps.map(({ output }) => output.trim());
  expect([cpus, sum]).toEqual(['2', `${digest}  /cargo`]);
  return { release, cmdline, kept: kept.split('\n') };
}

const skipWithout = (host: Host, skip: (why: string) => void): void => {
  const why = whyNoGuest({ ...host, has: ['kexeckit'] });
  if (why !== undefined) skip(why);
};

describe('kernels reboot in memory that was kept from the one before', () => {
  test.for<Host>([{ kernel: '6.1', firmware: 'dt', level: 'EL1' }])(
    'by mem=, from half to half: $kernel by $firmware at $level',
    { timeout: 11 * MINUTES },
    async (host, { skip }) => {
      skipWithout(host, skip);
      const reserved = '--strategy reserved';
      const { console, stages } = await threeKernels(host, { cmdline: 'mem=1G' }, [
        `${reserved} --breadcrumbs`,
        reserved,
      ]);
      const second = answers(stages[1], console);
      const third = answers(stages[2], console);
      expect([second.release, third.release]).toEqual([releaseOf(host.kernel), releaseOf(host.kernel)]);
      expect([second.cmdline, third.cmdline]).toEqual(
        [2, 3].map((stage) => `console=ttyAMA0 panic=-1 guest_stage=${stage}`),
      );
      // The first one had 1 GiB; each of the others keeps out of the half that the other lives in.
      expect(second.kept).toContain('a0000000-bfffffff : reserved');
      expect(third.kept).toContain('80000000-9fffffff : reserved');
      expect(console).toMatch(/kmvoj/);
    },
  );

  // Firmware has its own map of memory, and ACPI goes off where a tree is more than a stub, unless it is told to stay.
  test.for<Host>([{ kernel: '6.12', firmware: 'uefi', level: 'EL2' }])(
    'by a node that a reboot through the crash region adds: $kernel by $firmware at $level',
    { timeout: 11 * MINUTES },
    async (host, { skip }) => {
      skipWithout(host, skip);
      const { console, stages } = await threeKernels(host, { cmdline: 'crashkernel=320M' }, [
        '--strategy crash-region --no-capture-kernel --reserve 480M',
        '--strategy reserved',
      ]);
      const second = answers(stages[1], console);
      const third = answers(stages[2], console);
      expect(second.cmdline).toMatch(/^console=ttyAMA0 panic=-1 guest_stage=2 .*acpi=force$/);
      expect(third.cmdline).toBe('console=ttyAMA0 panic=-1 guest_stage=3 acpi=force');
      const region = second.kept.find((line) => sizeOf(line) === 480n << 20n);
      const half = third.kept.find((line) => sizeOf(line) === 240n << 20n);
      // The third kernel lives in the lower half of what the second one kept out of.
      expect([region, half]).not.toContain(undefined);
      expect(half?.split('-')[1]).toBe(region?.split('-')[1]);
    },
  );
});

/** Bytes of a line of /proc/iomem. */
function sizeOf(line: string): bigint {
  const [start = '', end = ''] = line.split(' ')[0]?.split('-') ?? [];
  return BigInt(`0x${end || 0}`) - BigInt(`0x${start || 0}`) + 1n;
}
