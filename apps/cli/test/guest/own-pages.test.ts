import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type Entry,
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

/** The files of the kernel that is rebooted into, in the guest: its initramfs says what it finds. */
async function nextFiles(kernel: KernelVersion): Promise<Entry[]> {
  const says = ['uname -r', 'nproc', 'cat /proc/cmdline', 'sha256sum /cargo'];
  const root = await guestRoot([], [[], says], [{ kind: 'file', path: 'cargo', content: cargo }]);
  return [
    { kind: 'file', path: 'boot/Image', content: readFileSync(imageOf(kernel)) },
    { kind: 'file', path: 'boot/initrd', content: initramfs(root, 1) },
  ];
}

type Host = Pick<Scenario, 'kernel' | 'firmware' | 'level'>;

const MINUTES = 60_000;

const FILES =
  '--strategy mmu-on --kernel /boot/Image --initrd /boot/initrd --append "console=ttyAMA0 guest_stage=2 panic=-1" --rehearse no';

describe('a stock kernel is rebooted from pages of our own, moved with the MMU on', () => {
  test.for<Host>([{ kernel: '5.10', firmware: 'dt', level: 'EL1' }])(
    '$kernel by $firmware at $level',
    { timeout: 10 * MINUTES },
    async (host, { skip }) => {
      const why = whyNoGuest({ ...host, has: ['kexeckit'] });
      if (why !== undefined) skip(why);
      const { console, stages } = await runGuest({
        ...host,
        has: ['kexeckit'],
        stages: [[`kexeckit reboot --machine linux --breadcrumbs ${FILES}`]],
        entries: await nextFiles(host.kernel),
        deadlineMs: 8 * MINUTES,
      });
      const [first = [], second = []] = stages;
      expect(
        second.map(({ status }) => status),
        console.slice(-3000),
      ).toEqual([0, 0, 0, 0]);
      expect(second.map(({ output }) => output.trim())).toEqual([
        releaseOf(host.kernel),
        '2',
        'console=ttyAMA0 guest_stage=2 panic=-1',
        `${digest}  /cargo`,
      ]);
      expect(first[0]?.status).toBeUndefined();
    },
  );
});
