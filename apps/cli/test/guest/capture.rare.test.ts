import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  type Entry,
  type Equipment,
  guestRoot,
  imageOf,
  initramfs,
  releaseOf,
  runGuest,
  type Scenario,
  whyNoGuest,
} from '@kexeckit/guests';
import { describe, expect, onTestFinished, test } from 'vitest';

const MINUTES = 60_000;
type Host = Pick<Scenario, 'kernel' | 'firmware' | 'level'>;

/** An emulated CPU rehearses for minutes what a real one does in a second. */
const into = (command: string, options = ''): string =>
  `kexeckit ${command} --rehearse no --kernel /boot/Image --initrd /boot/next --append "console=ttyAMA0 guest_stage=2" ${options}`;

/** An initramfs that does things, at the stage that its command line names. */
const says = async (stage: number, commands: readonly string[], has: readonly Equipment[] = []): Promise<Uint8Array> =>
  initramfs(guestRoot(has, [...Array.from({ length: stage - 1 }, () => []), commands]), 1);

/** The next kernel and the capture kernel are the same file, with an initramfs each. */
const boot = ({ kernel }: Host, next: Uint8Array, capture: Uint8Array): Entry[] => [
  { kind: 'file', path: 'boot/Image', content: readFileSync(imageOf(kernel)) },
  { kind: 'file', path: 'boot/next', content: next },
  { kind: 'file', path: 'boot/capture', content: capture },
];

const show = (file: string): string => `head -c 16384 ${file} | gzip -9 | base64`;

describe('a panic while a reboot is loaded leaves a dump', () => {
  const hosts: readonly (Host & { readonly reader: boolean })[] = [
    { kernel: '6.1', firmware: 'dt', level: 'EL2', reader: true },
    // No makedumpfile of Debian's knows pages of 4 KiB with 52 bits of virtual address, as 6.12 and 7.3 have them.
    { kernel: '7.3', firmware: 'uefi', level: 'VHE', reader: false },
  ];
  test.for(hosts)(
    '$kernel by $firmware at $level',
    {
      timeout: 16 * MINUTES,
    },
    async ({ reader, ...host }, { skip }) => {
      const why = whyNoGuest({ ...host, has: ['kexeckit', 'makedumpfile'] });
      if (why !== undefined) skip(why);
      const asked = [
        'cat /proc/cmdline',
        show('/proc/vmcore'),
        // Up to its last page: reading all of it takes an emulated guest minutes.
        `pages=$(($(stat -c %s /proc/vmcore) / 4096)) && dd if=/proc/vmcore bs=4096 skip=$((pages - 1)) 2>/dev/null | wc -c`,
        ...(reader
          ? [
              'makedumpfile --message-level 2 -l -d 31 /proc/vmcore /dump && test -s /dump && echo written',
              'makedumpfile --message-level 2 --dump-dmesg /proc/vmcore /log && grep -c "last words" /log',
            ]
          : []),
      ];
      const { console, stages } = await runGuest({
        ...host,
        has: ['kexeckit'],
        cmdline: 'crashkernel=512M',
        stages: [
          [
            'cat /proc/iomem',
            show('/proc/kcore'),
            into('load', '--capture-kernel /boot/Image --capture-initrd /boot/capture --capture-append guest_stage=2'),
            'echo "last words" >/dev/kmsg; echo c >/proc/sysrq-trigger',
          ],
        ],
        entries: boot(host, await says(2, ['echo the next kernel']), await says(2, asked, ['makedumpfile'])),
        deadlineMs: 15 * MINUTES,
      });
      const [[iomem, kcore, loaded] = [], captured = []] = stages;
      expect(loaded?.output, console.slice(-3000)).toMatch(/until then, a panic starts \/boot\/Image\n/);
      expect(
        captured.map(({ status }) => status),
        console.slice(-6000),
      ).toEqual(asked.map(() => 0));
      const [cmdline = '', vmcore = '', last, ...byReader] = captured.map(({ output }) => output);
      expect(cmdline).toMatch(/^console=ttyAMA0 panic=-1 .*guest_stage=2 nr_cpus=1 reset_devices\n$/);
      const dump = headerOf(vmcore);
      compareDump(dump, iomem?.output ?? '', headerOf(kcore?.output ?? ''));
      expect(last).toBe('4096\n');
      expect(byReader).toEqual(reader ? [expect.stringMatching(/\nwritten\n$/), expect.stringMatching(/\n1\n$/)] : []);
    },
  );
});

/** Every part of memory that the map of the crashed kernel lists, where that kernel had it, and what each CPU did last. */
function compareDump({ loads, notes }: Header, iomem: string, kcore: Header): void {
  const ram = rangesIn(iomem, /^([0-9a-f]+)-([0-9a-f]+) : System RAM$/gm);
  const regions = rangesIn(iomem, /^ +([0-9a-f]+)-([0-9a-f]+) : Crash kernel$/gm);
  const [kernel, ...rest] = loads;
  expect(rest.map(({ physical, size }) => [physical, physical + size])).toEqual(
    regions.reduce((left, region) => left.flatMap((range) => without(range, region)), ram),
  );
  const [[code = 0n] = []] = rangesIn(iomem, /^ +([0-9a-f]+)-([0-9a-f]+) : Kernel code$/gm);
  const [[, data] = []] = rangesIn(iomem, /^ +([0-9a-f]+)-([0-9a-f]+) : Kernel data$/gm);
  expect([kernel?.physical, kernel && kernel.physical + kernel.size]).toEqual([code, data]);
  for (const { physical, virtual } of loads) {
    const inKernel = kcore.loads.filter((load) => load.physical <= physical && physical < load.physical + load.size);
    expect(inKernel.map((load) => load.virtual + physical - load.physical)).toContain(virtual);
  }
  expect(notes).toEqual(['CORE', 'CORE', 'VMCOREINFO']);
}

type Span = [start: bigint, end: bigint];

const rangesIn = (text: string, pattern: RegExp): Span[] =>
  [...text.matchAll(pattern)].map(([, start, end]) => [BigInt(`0x${start}`), BigInt(`0x${end}`) + 1n]);

const without = ([start, end]: Span, [from, to]: Span): Span[] =>
  from >= end || to <= start
    ? [[start, end]]
    : (
        [
          [start, from],
          [to, end],
        ] as Span[]
      ).filter(([a, b]) => a < b);

/** What stands at the begin of a core file. */
interface Header {
  readonly loads: readonly { readonly physical: bigint; readonly virtual: bigint; readonly size: bigint }[];
  /** Whose each note is. */
  readonly notes: readonly string[];
}

/** Reads what `show` printed; readelf, where there is one, has to see the same. */
function headerOf(shown: string): Header {
  const bytes = gunzipSync(Buffer.from(shown, 'base64'));
  const parts = Array.from({ length: bytes.readUInt16LE(56) }, (_, index) => {
    const at = 64 + 56 * index;
    const [offset, virtual, physical, size] = [8, 16, 24, 32].map((word) => bytes.readBigUInt64LE(at + word));
    return {
      type: bytes.readUInt32LE(at),
      offset: offset ?? 0n,
      virtual: virtual ?? 0n,
      physical: physical ?? 0n,
      size: size ?? 0n,
    };
  });
  const loads = parts.filter(({ type }) => type === 1);
  const [note] = parts.filter(({ type }) => type === 4);
  const seen = byReadelf(bytes);
  if (seen !== undefined) expect(seen).toEqual(loads.map(({ virtual, physical, size }) => [virtual, physical, size]));
  return {
    loads,
    notes: ownersIn(bytes.subarray(Number(note?.offset), Number((note?.offset ?? 0n) + (note?.size ?? 0n)))),
  };
}

function ownersIn(notes: Buffer): string[] {
  const owners: string[] = [];
  const padded = (bytes: number): number => (bytes + 3) & ~3;
  for (let at = 0; at + 12 <= notes.length && notes.readUInt32LE(at) > 0; ) {
    const [name, content] = [notes.readUInt32LE(at), notes.readUInt32LE(at + 4)];
    owners.push(notes.toString('latin1', at + 12, at + 11 + name));
    at += 12 + padded(name) + padded(content);
  }
  return owners;
}

function byReadelf(bytes: Uint8Array): bigint[][] | undefined {
  if (spawnSync('readelf', ['--version']).status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'kexeckit-core-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'core');
  writeFileSync(file, bytes);
  const text = execFileSync('readelf', ['-lW', file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return [...text.matchAll(/^ {2}LOAD +0x\w+ (0x\w+) (0x\w+) (0x\w+) 0x\w+ /gm)].map(([, ...words]) =>
    words.map(BigInt),
  );
}

/** A kdump-tools of four lines, in place of a distribution: what it is configured with, its service, and how it reloads. */
const kdumpTools: readonly Entry[] = [
  {
    kind: 'file',
    path: 'etc/default/kdump-tools',
    content: `USE_KDUMP=1
KDUMP_KERNEL=/boot/Image
KDUMP_INITRD=/boot/capture
KDUMP_CMDLINE_APPEND="reset_devices nr_cpus=1 guest_stage=2"
`,
  },
  script('bin/systemctl', '[ "$*" = "is-active --quiet kdump-tools.service" ]'),
  script(
    'usr/sbin/kdump-config',
    'echo "$*" >>/reloads',
    'kexec -p -u && kexec -p --initrd=/boot/capture --command-line="console=ttyAMA0" /boot/Image',
  ),
];

function script(path: string, ...lines: readonly string[]): Entry {
  return { kind: 'file', path, content: `#!/bin/busybox sh\n${lines.join('\n')}\n`, mode: 0o755 };
}

test('kdump loads its crash kernel again, and the next kernel boots beside a capture kernel', {
  timeout: 16 * MINUTES,
}, async ({ skip }) => {
  const host: Host = { kernel: '6.12', firmware: 'dt', level: 'EL1' };
  const has = ['kexeckit', 'kexec-tools'] as const;
  const why = whyNoGuest({ ...host, has });
  if (why !== undefined) skip(why);
  const slots = 'cat /sys/kernel/kexec_loaded /sys/kernel/kexec_crash_loaded';
  const { console, stages } = await runGuest({
    ...host,
    has,
    cmdline: 'crashkernel=512M',
    stages: [
      [
        ...[
          'kdump-config reload',
          'kexeckit unload',
          'cat /reloads',
          into('load'),
          'kexeckit unload',
          'cat /reloads',
          slots,
        ],
        ...[into('load'), slots, 'kexeckit exec'],
      ],
    ],
    entries: [...boot(host, await says(2, ['uname -r', 'cat /proc/cmdline']), await says(2, [])), ...kdumpTools],
    deadlineMs: 15 * MINUTES,
  });
  const [steps = [], second = []] = stages;
  expect(
    steps.map(({ status }) => status),
    console.slice(-3000),
  ).toEqual([...Array(9).fill(0), undefined]);
  // Its own stays where nothing of ours is loaded, and comes back where something was.
  expect([2, 5].map((at) => steps[at]?.output)).toEqual(['reload\n', 'reload\nreload\n']);
  expect([6, 8].map((at) => steps[at]?.output)).toEqual(['0\n1\n', '1\n1\n']);
  expect(steps[7]?.output).toMatch(
    /until then, a panic starts \/boot\/Image \(named by \/etc\/default\/kdump-tools\)\n/,
  );
  expect(second.map(({ output }) => output)).toEqual([
    `${releaseOf(host.kernel)}\n`,
    'console=ttyAMA0 guest_stage=2 crashkernel=524288K\n',
  ]);
});
