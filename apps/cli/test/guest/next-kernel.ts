import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  architectureOf,
  type Entry,
  type GuestRun,
  guestRoot,
  imageOf,
  initramfs,
  type KernelVersion,
  releaseOf,
} from '@kexeckit/guests';
import { expect } from 'vitest';

/** Something in the next kernel's initramfs that shows whether it came over whole. */
const cargo = randomBytes(3_000_000);

/** What the next kernel says of its {@link cargo}. */
export const cargoDigest: string = `${createHash('sha256').update(cargo).digest('hex')}  /cargo`;

/** The initramfs of the kernel that is rebooted into: it is the guest's second stage, and says what it finds. */
async function nextInitramfs(kernel: KernelVersion, says: readonly string[]): Promise<Uint8Array> {
  const files = [{ kind: 'file', path: 'cargo', content: cargo }] as const;
  return initramfs(await guestRoot([], [[], says], files, architectureOf(kernel)), 1);
}

/** The files of the kernel that is rebooted into, in the guest. */
export async function nextFiles(kernel: KernelVersion, says: readonly string[]): Promise<Entry[]> {
  return [
    { kind: 'file', path: 'boot/Image', content: readFileSync(imageOf(kernel)) },
    { kind: 'file', path: 'boot/initrd', content: await nextInitramfs(kernel, says) },
  ];
}

/** What a next kernel is asked that {@link expectNext} judges. */
export const SAYS: readonly string[] = ['uname -r', 'nproc', 'cat /proc/cmdline', 'sha256sum /cargo'];

/** The next kernel must have come up with this command line, all CPUs, and its initramfs whole; and the command before not returned. */
export function expectNext(kernel: KernelVersion, { console, stages }: GuestRun, cmdline: string): void {
  const [first = [], second = []] = stages;
  expect(
    second.map(({ status }) => status),
    console.slice(-3000),
  ).toEqual([0, 0, 0, 0]);
  expect(second.map(({ output }) => output.trim())).toEqual([releaseOf(kernel), '2', cmdline, cargoDigest]);
  expect(first[0]?.status).toBeUndefined();
}
