import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArchitectureTraits } from './architecture.ts';
import { GuestError } from './error.ts';

const INITRAMFS_FD = 3;
const LIFELINE_FD = 4;

/** Where QEMU finds the initramfs that it is started with. */
export const INITRAMFS: string = `/dev/fd/${INITRAMFS_FD}`;

/** Becomes the command. A watcher waits for the end of the lifeline, and so of this process; then it ends the group. */
const GUARD = `
(read -r nothing <&${LIFELINE_FD}; kill -s KILL 0) >/dev/null 2>&1 ${INITRAMFS_FD}<&- &
exec "$@" ${LIFELINE_FD}<&-`;

/** QEMU in a process group of its own, which ends when this process does, however that ends. */
export interface QemuProcess {
  readonly child: ChildProcess;
  /** Resolves when QEMU has ended and said all, with what it wrote to its standard error. */
  readonly ended: Promise<string>;
  kill(): void;
}

/** Starts QEMU with an initramfs in a file without a name. @throws GuestError `ENOENT` where there is no QEMU */
export async function startQemu(
  { qemu, package: name }: ArchitectureTraits,
  args: readonly string[],
  initramfs: Uint8Array,
): Promise<QemuProcess> {
  const file = withoutName(initramfs);
  const command = ['-c', GUARD, 'guard', qemu, ...args];
  const child = spawn('/bin/sh', command, { stdio: ['pipe', 'pipe', 'pipe', file, 'pipe'], detached: true });
  closeSync(file);
  for (const stream of child.stdio) stream?.on('error', () => {});
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2000);
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      reject(new GuestError('ENOENT', `cannot start QEMU: ${cause.message}`, `install ${name}`, { cause }));
    });
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.once('exit', () => killGroup(child));
  return {
    child,
    ended: closed.then(() => complaint.trim()),
    kill: () => {
      if (child.exitCode === null && child.signalCode === null) killGroup(child);
    },
  };
}

/** An open file with these bytes that is in no folder. */
function withoutName(bytes: Uint8Array): number {
  const folder = mkdtempSync(join(tmpdir(), 'kexeckit-guest-'));
  try {
    const path = join(folder, 'initramfs');
    writeFileSync(path, bytes);
    return openSync(path, 'r');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The group has the child's number, and keeps it while anybody is in it. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is in it any more.
  }
}
