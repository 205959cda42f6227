export { type Case, chosen, everyTest } from './chosen.ts';
export { makeUki, makeZboot } from './kernel-files.ts';

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kexeckit');

/** Debian's kernel and installer initramfs, fetched by the project's own script and kept outside the tree. */
const folder = process.env.KEXECKIT_DEBIAN_KERNEL ?? join(cache, 'debian-installer-12-netboot-arm64');

/** What else the script fetches, a folder each. */
const guestFiles = process.env.KEXECKIT_GUEST_FILES ?? join(cache, 'guests');

/** Where a set of programs is that run here, fetched by the project's own script: it may be missing. */
export const programsFolder = (set: 'sshd'): string => join(guestFiles, set);

/** Why a test that boots on QEMU cannot run here; `undefined` where it can. */
export function whyNoQemu(): string | undefined {
  try {
    execFileSync('qemu-system-aarch64', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'QEMU is not installed: apt-get install qemu-system-arm';
  }
}

/** Why a test that boots Debian's kernel cannot run here. */
export function whyNoDebianKernel(): string | undefined {
  const missing = ['linux', 'initrd.gz'].find((name) => !existsSync(join(folder, name)));
  return whyNoQemu() ?? (missing && `no ${missing} in ${folder}: node scripts/debian-kernel.mjs fetches it`);
}

/** Paths of the two files. */
export const debianFiles: { readonly kernel: string; readonly initrd: string } = {
  kernel: join(folder, 'linux'),
  initrd: join(folder, 'initrd.gz'),
};

/** The two files. */
export function debianKernel(): { kernel: Uint8Array; initrd: Uint8Array } {
  return {
    kernel: new Uint8Array(readFileSync(debianFiles.kernel)),
    initrd: new Uint8Array(readFileSync(debianFiles.initrd)),
  };
}

/** Sets of files that hold device trees, or sources of them. Those of other kernels are fetched where `KEXECKIT_ALL_TREES` is 1. */
export type TreeSet = 'device-trees' | 'device-trees-u-boot' | `device-trees-${number}` | 'dtc-tests';

/** Why a test of Debian's device trees, or of the sources that dtc is tested with, cannot run here. */
export function whyNoDeviceTrees(set: TreeSet = 'device-trees'): string | undefined {
  const folder = join(guestFiles, set);
  if (existsSync(folder)) return undefined;
  const why = `${folder}.why`;
  return existsSync(why) ? readFileSync(why, 'utf8').trim() : `no ${folder}: node scripts/guest-files.mjs fetches it`;
}

/** Paths of every device tree (`dtb`), overlay (`dtbo`) or source (`dts`) of a set, sorted; none where they are not here. */
export function deviceTrees(kind: 'dtb' | 'dtbo' | 'dts', set: TreeSet = 'device-trees'): string[] {
  const folder = join(guestFiles, set);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith(`.${kind}`))
    .sort()
    .map((file) => join(folder, file));
}

/**
 * Skips a test that lacks something here, and says what. It does not pass by that: `npm test` installs and fetches what is
 * needed, and where CI is set a skipped test fails the run (scripts/skipped-reporter.ts).
 */
export function skipWithout(ctx: { skip(why: string): void }, why: string | undefined): void {
  if (why !== undefined) ctx.skip(why);
}

/** Why a program of this host cannot be used; undefined where it can. */
export function whyNoProgram(name: string): string | undefined {
  return spawnSync('sh', ['-c', `command -v '${name}'`], { stdio: 'ignore' }).status === 0 ? undefined : `no ${name}`;
}
