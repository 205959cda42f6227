import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Entry,
  guestRoot,
  imageOf,
  initramfs,
  type KernelVersion,
  releaseOf,
  runGuest,
  whyNoGuest,
} from '@kexeckit/guests';
import { describe, expect, test } from 'vitest';

/** It has pages of processes in its CMA: pinning moves them out. */
const KERNEL: KernelVersion = '7.3';
const MINUTES = 60_000;

/** The examples as they are. */
const example = (path: string): string => readFileSync(join(import.meta.dirname, '../../../../examples', path), 'utf8');

/** What the plugin has written. */
const INSTALLED = `0 # Written by kernel-install for 1.2.3
FILES=--kernel /boot/Image --initrd /boot/initrd
APPEND="console=ttyAMA0 guest_stage=2 panic=-1"`;

/** Something that an orderly shutdown stops. */
const WITNESS = `[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/busybox true
ExecStop=/usr/bin/busybox sh -c 'echo stopped in order >/dev/console'
`;

async function filesFor(options: string): Promise<Entry[]> {
  const next = guestRoot([], [[], ['uname -r', 'cat /proc/cmdline']]);
  // No kernel is named here: kernel-install says which.
  const settings = [`OPTIONS=${options} --rehearse no`, 'FILES=--kernel /boot/none', 'APPEND=nothing', ''];
  return [
    { kind: 'file', path: 'boot/Image', content: readFileSync(imageOf(KERNEL)) },
    { kind: 'file', path: 'boot/initrd', content: initramfs(next, 1) },
    {
      kind: 'file',
      path: 'etc/systemd/system/kexeckit-load.service',
      content: example('systemd/kexeckit-load.service'),
    },
    {
      kind: 'file',
      path: 'etc/kernel/install.d/90-kexeckit.install',
      content: example('kernel-install/90-kexeckit.install'),
      mode: 0o755,
    },
    { kind: 'file', path: 'etc/kernel/cmdline', content: 'console=ttyAMA0 guest_stage=2\npanic=-1\n' },
    { kind: 'file', path: 'etc/kernel/install.conf', content: 'layout=other\n' },
    // Nothing is made for a boot loader here, nor for modules.
    ...['50-depmod', '85-initrd', '90-loaderentry'].map(
      (name): Entry => ({ kind: 'link', path: `etc/kernel/install.d/${name}.install`, target: '/dev/null' }),
    ),
    { kind: 'file', path: 'etc/systemd/system/witness.service', content: WITNESS },
    { kind: 'file', path: 'etc/default/kexeckit-load', content: settings.join('\n') },
  ];
}

/** How a loaded kernel is started, and what it says of its command line. */
interface Way {
  readonly options: string;
  readonly leave: string;
  readonly cmdline: string;
  readonly says: string;
}

const ways: readonly Way[] = [
  // The holder looks once more, and systemd is asked for the same as below.
  {
    options: '--strategy mmu-on',
    leave: 'kexeckit exec',
    cmdline: '',
    says: 'console=ttyAMA0 guest_stage=2 panic=-1',
  },
  {
    options: '--strategy crash-region --no-capture-kernel --no-checks',
    leave: 'systemctl kexec',
    cmdline: 'crashkernel=256M',
    says: 'console=ttyAMA0 guest_stage=2 panic=-1 crashkernel=262144K',
  },
];

describe('a service loads, and systemd reboots in order', () => {
  test.for(ways)('$options', { timeout: 16 * MINUTES }, async ({ options, leave, cmdline, says }, { skip }) => {
    const host = { kernel: KERNEL, firmware: 'dt', level: 'VHE', has: ['kexeckit', 'systemd'] } as const;
    const why = whyNoGuest(host);
    if (why !== undefined) skip(why);
    const { console, stages } = await runGuest({
      ...host,
      cmdline,
      stages: [
        [
          'systemctl start witness.service',
          // What the plugin, and kernel-install itself, call; it says that this system has no mountpoint(1).
          'busybox --install -s /usr/bin 2>/dev/null',
          'kernel-install add 1.2.2 /boot/Image 2>/dev/null && kernel-install remove 1.2.2 2>/dev/null',
          '[ ! -e /var/lib/kexeckit/installed ] && kernel-install add 1.2.3 /boot/Image /boot/initrd 2>/dev/null',
          'cat /var/lib/kexeckit/installed',
          'systemctl start kexeckit-load.service || systemctl status kexeckit-load.service',
          'cat /sys/kernel/kexec_loaded',
          leave,
        ],
      ],
      entries: await filesFor(options),
      deadlineMs: 15 * MINUTES,
    });
    const [first = [], second = []] = stages;
    expect(
      first.slice(2, 7).map(({ status, output }) => `${status} ${output.trim()}`),
      console.slice(-5000),
    ).toEqual(['0 ', '0 ', INSTALLED, '0 ', '0 1']);
    // A holder that had been killed would have had its image unloaded, and this guest would have ended.
    expect(console).toMatch(/^stopped in order$/m);
    expect(
      second.map(({ output }) => output.trim()),
      console.slice(-3000),
    ).toEqual([releaseOf(KERNEL), says]);
  });
});
