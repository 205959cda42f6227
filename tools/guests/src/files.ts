import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Architecture, architectures } from './architecture.ts';

/** Debian's arm64 kernels, by version. */
export const kernelVersions = ['5.10', '6.1', '6.12', '7.3'] as const;
/** A kernel of Debian's: for arm64, unless it says otherwise. */
export type KernelVersion = (typeof kernelVersions)[number] | '6.1-amd64';

/** Kernels whose modules for a disk and a network are there, too. */
export type DrivenVersion = '5.10' | '6.1';

/** What a kernel runs on. */
export const architectureOf = (version: KernelVersion): Architecture =>
  version.endsWith('-amd64') ? 'amd64' : 'arm64';

/** What scripts/guest-files.mjs fetches, each a folder that is there as a whole or not at all. */
export type FileSet =
  | `linux-${KernelVersion}`
  | 'kexec-tools'
  | 'makedumpfile'
  | 'kdump-tools'
  | 'systemd'
  | 'firmware'
  /** What makes kernel files, and the program that a unified kernel image begins with. */
  | 'uboot-tools'
  | 'image-tools'
  | 'uki-stubs'
  | 'lzop'
  /** A server for guests that are reached by ssh. */
  | 'sshd-arm64'
  /** The modules by which a guest has a disk and a network. */
  | `drivers-${DrivenVersion}`
  /** Node's licence. */
  | 'node-licence'
  /** What a root needs to run the command. */
  | 'root'
  | ProgramSet
  /** The same for the other architecture. */
  | `${ProgramSet}-amd64`;

/** What runs in a guest, and is there for each architecture. */
export type ProgramSet = 'programs' | 'node';

/** The set of an architecture. */
export const setFor = (set: ProgramSet, architecture: Architecture): FileSet =>
  architecture === 'arm64' ? set : `${set}-${architecture}`;

const folder =
  process.env.KEXECKIT_GUEST_FILES ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kexeckit', 'guests');

/** Where a set is, or would be. */
export const folderOf = (set: FileSet): string => join(folder, set);

/** The kernel: a plain Image, or what its architecture has in its place. */
export const imageOf = (version: KernelVersion): string => join(folderOf(`linux-${version}`), 'Image');

/** What `uname -r` says in it. */
export function releaseOf(version: KernelVersion): string {
  const [packages = ''] = readFileSync(join(folderOf(`linux-${version}`), 'CONTENTS'), 'utf8').split('\n');
  return packages.replace(/^linux-(image|binary)-/, '');
}

/** Why a guest that needs these sets cannot be booted here; undefined where it can. */
export function whyNot(sets: readonly FileSet[], architecture: Architecture = 'arm64'): string | undefined {
  const missing = whyMissing(sets);
  if (missing !== undefined) return missing;
  const { qemu, package: name } = architectures[architecture];
  const { status } = spawnSync(qemu, ['--version'], { stdio: 'ignore' });
  return status === 0 ? undefined : `QEMU is not installed: apt-get install ${name}`;
}

/** Why one of these sets is not here; undefined where all are. */
export function whyMissing(sets: readonly FileSet[]): string | undefined {
  const missing = sets.find((set) => !existsSync(folderOf(set)));
  if (missing === undefined) return undefined;
  const why = `${folderOf(missing)}.why`;
  if (!existsSync(why)) return `no ${folderOf(missing)}: node scripts/guest-files.mjs fetches it`;
  return readFileSync(why, 'utf8').trim();
}
