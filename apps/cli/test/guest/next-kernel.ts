import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { architectureOf, type Entry, guestRoot, imageOf, initramfs, type KernelVersion } from '@kexeckit/guests';

/** Something in the next kernel's initramfs that shows whether it came over whole. */
const cargo = randomBytes(3_000_000);

/** What the next kernel says of its {@link cargo}. */
export const cargoDigest: string = `${createHash('sha256').update(cargo).digest('hex')}  /cargo`;

/** The initramfs of the kernel that is rebooted into: it is the guest's second stage, and says what it finds. */
async function nextInitramfs(kernel: KernelVersion, says: readonly string[]): Promise<Uint8Array> {
  const files = [{ kind: 'file', path: 'cargo', content: cargo }] as const;
  return initramfs(guestRoot([], [[], says], files, architectureOf(kernel)), 1);
}

/** The files of the kernel that is rebooted into, in the guest. */
export async function nextFiles(kernel: KernelVersion, says: readonly string[]): Promise<Entry[]> {
  return [
    { kind: 'file', path: 'boot/Image', content: readFileSync(imageOf(kernel)) },
    { kind: 'file', path: 'boot/initrd', content: await nextInitramfs(kernel, says) },
  ];
}

/** What a next kernel is asked. */
export const SAYS: readonly string[] = ['uname -r', 'nproc', 'cat /proc/cmdline', 'sha256sum /cargo'];
