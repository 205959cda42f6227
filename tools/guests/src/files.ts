import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Debian's kernels, by version. */
export const kernelVersions = ['5.10', '6.1', '6.12', '7.3'] as const;
export type KernelVersion = (typeof kernelVersions)[number];

/** What scripts/guest-files.mjs fetches, each a folder that is there as a whole or not at all. */
export type FileSet =
  | `linux-${KernelVersion}`
  | 'programs'
  | 'kexec-tools'
  | 'makedumpfile'
  | 'systemd'
  | 'firmware'
  | 'node'
  | 'koffi';

const folder =
  process.env.KEXECKIT_GUEST_FILES ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kexeckit', 'guests');

/** Where a set is, or would be. */
export const folderOf = (set: FileSet): string => join(folder, set);

/** The kernel, a plain Image. */
export const imageOf = (version: KernelVersion): string => join(folderOf(`linux-${version}`), 'Image');

/** What `uname -r` says in it. */
export function releaseOf(version: KernelVersion): string {
  const [packages = ''] = readFileSync(join(folderOf(`linux-${version}`), 'CONTENTS'), 'utf8').split('\n');
  return packages.replace(/^linux-(image|binary)-/, '');
}

/** Why a guest that needs these sets cannot be booted here; undefined where it can. */
export function whyNot(sets: readonly FileSet[]): string | undefined {
  const missing = sets.find((set) => !existsSync(folderOf(set)));
  if (missing !== undefined) return whyMissing(missing);
  const { status } = spawnSync('qemu-system-aarch64', ['--version'], { stdio: 'ignore' });
  return status === 0 ? undefined : 'QEMU is not installed: apt-get install qemu-system-arm';
}

function whyMissing(set: FileSet): string {
  const why = `${folderOf(set)}.why`;
  if (!existsSync(why)) return `no ${folderOf(set)}: node scripts/guest-files.mjs fetches it`;
  return readFileSync(why, 'utf8').trim();
}
