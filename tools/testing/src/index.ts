import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Debian's kernel and installer initramfs, fetched by the project's own script and kept outside the tree. */
const folder =
  process.env.KEXECKIT_DEBIAN_KERNEL ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kexeckit', 'debian-installer-12-netboot-arm64');

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
