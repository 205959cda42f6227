import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type CommitMark, parseMark } from '@kexeckit/reboot';
import { isOfThisBoot, PRINTED, SAVED_LOG } from './boot-log.ts';
import { clockError } from './clock-error.ts';
import { DiskFiles } from './files/disk.ts';
import type { HostFiles } from './files/host-files.ts';
import { KMSG, recordsOf } from './files/kernel-log.ts';
import { checkRoot } from './files/root.ts';
import { readLine, readValue, type Wanted } from './read-value.ts';
import { failed, firstOf, known, type Reading, type Unread, unknown } from './reading.ts';
import { readStartedBy, type StartedBy } from './started-by.ts';

/** What a host has after a reboot; what could not be read is undefined. */
export interface LastBootValues {
  /** What the running kernel has printed, with its times. */
  readonly kernelLog: string;
  /** What the kernel before it printed, where memory kept it. */
  readonly previousLog: string;
  /** The mark that a reboot of ours left. */
  readonly mark: CommitMark;
  readonly bootedAt: BootedAt;
  /** The id of this boot. */
  readonly bootId: string;
  readonly startedBy: StartedBy;
}

/** When CLOCK_BOOTTIME of the running kernel began. */
export interface BootedAt {
  /** CLOCK_REALTIME in microseconds. */
  readonly micros: number;
  /** Seconds that it is uncertain by. */
  readonly plusMinus: number;
}

/** What a host has after a reboot, and why something is missing. */
export type LastBoot = { readonly [Field in keyof LastBootValues]: LastBootValues[Field] | undefined } & {
  readonly unread: Readonly<Partial<Record<keyof LastBootValues, Unread>>>;
};

/** Where to read. */
export interface ReadLastBootOptions {
  /** The folder that has the host's `proc`, `sys`, `dev` and `var`; `/` by default. */
  readonly root?: string;
  /** Where the mark is, as it is called on the host; by default each of {@link MARK_PATHS} is tried. */
  readonly mark?: string;
}

const MARK: Wanted<CommitMark> = { parse: parseMark, wanted: 'a mark of this version' };

/** Where marks are looked for: memory that the initramfs filled, and the disk. */
export const MARK_PATHS: readonly string[] = ['/run/kexeckit/mark', '/var/lib/kexeckit/mark'];

/** Where the log of the kernel before is kept: by pstore itself, or by systemd-pstore, which empties it. */
const KEPT = ['/sys/fs/pstore', '/var/lib/systemd/pstore'];

/**
 * Reads what the timeline of the last reboot is made from. Only reads, and never fails for a file that is not there.
 *
 * @throws LinuxError if `root` is not a folder that can be entered.
 */
export async function readLastBoot(options: ReadLastBootOptions = {}): Promise<LastBoot> {
  const root = options.root ?? '/';
  await checkRoot(root);
  const files = new DiskFiles(root);
  const unread: Partial<Record<keyof LastBootValues, Unread>> = {};
  const keep = <T>(field: keyof LastBootValues, reading: Reading<T>): T | undefined => {
    if (reading.ok) return reading.value;
    unread[field] = reading.unread;
    return undefined;
  };
  const mark = keep('mark', await readMark(files, options.mark));
  const bootId = keep('bootId', await readLine(files, '/proc/sys/kernel/random/boot_id'));
  return {
    kernelLog: keep('kernelLog', await readKernelLog(root, files)),
    previousLog: keep('previousLog', await readPreviousLog(files)),
    mark,
    bootedAt: keep('bootedAt', await readBootedAt(files, root === '/')),
    bootId,
    startedBy: keep('startedBy', await readStartedBy(files, leavesTrace(mark, bootId))),
    unread,
  };
}

/** Whether a kernel that the marked reboot had started would show it. Without such a reboot anybody may have used kexec. */
const leavesTrace = (mark: CommitMark | undefined, bootId: string | undefined): boolean =>
  mark !== undefined && mark.bootId !== bootId && mark.isTraceless !== true;

/** The kernel's log; a copied tree has it as a file. */
async function readKernelLog(root: string, files: HostFiles): Promise<Reading<string>> {
  return firstOf(
    () => readRecords(root, files),
    () => readSavedLog(files),
  );
}

/** What a distribution keeps of what the kernel said when it booted: it may be left from another boot. */
async function readSavedLog(files: HostFiles): Promise<Reading<string>> {
  const log = await readLog(files, SAVED_LOG);
  if (!log.ok) return log;
  const release = await readLine(files, '/proc/sys/kernel/osrelease');
  const cmdline = await readLine(files, '/proc/cmdline');
  const lines = log.value.split('\n').map((line) => line.replace(PRINTED, '').trimEnd());
  if (release.ok && cmdline.ok && isOfThisBoot(lines, release.value, cmdline.value)) return log;
  return unknown(SAVED_LOG, 'ENODATA', 'it does not say that it is of this boot');
}

/** Reads /dev/kmsg, or the file that a copied tree has in its place. */
async function readRecords(root: string, files: HostFiles): Promise<Reading<string>> {
  const path = KMSG;
  let file: number | undefined;
  try {
    file = openSync(join(root, path), constants.O_RDONLY | constants.O_NONBLOCK);
    const found = fstatSync(file);
    if (found.isFile()) return await readLog(files, path);
    if (!found.isCharacterDevice()) return unknown(path, 'EINVAL', "it is neither a file nor the kernel's log");
    return known([...recordsOf(file)].join(''));
  } catch (error) {
    return failed(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

async function readLog(files: HostFiles, path: string): Promise<Reading<string>> {
  const bytes = await files.read(path);
  return bytes.ok ? known(new TextDecoder().decode(bytes.value)) : bytes;
}

/** The console of the kernel before, or else what it wrote when it died. */
async function readPreviousLog(files: HostFiles): Promise<Reading<string>> {
  const found: (() => Promise<Reading<string>>)[] = [];
  for (const folder of KEPT) {
    const names = await files.list(folder);
    if (!names.ok) continue;
    const logs = names.value.map(({ name }) => name).filter((name) => /^(?:console|dmesg)-/.test(name));
    found.push(...logs.toSorted().map((name) => () => readLog(files, `${folder}/${name}`)));
  }
  return found.length === 0
    ? unknown(KEPT[0] ?? '', 'ENOENT', 'it has no log of the kernel before')
    : firstOf(...found);
}

async function readMark(files: HostFiles, path: string | undefined): Promise<Reading<CommitMark>> {
  const paths = path === undefined ? MARK_PATHS : [path];
  return firstOf(...paths.map((each) => () => readValue(files, each, MARK)));
}

const MICROS = 1_000_000;

/** On this host by its clocks. A tree was copied some time ago: there the kernel's own word, in whole seconds. */
async function readBootedAt(files: HostFiles, isHere: boolean): Promise<Reading<BootedAt>> {
  const error = await clockError(files, isHere ? Date.now() / 1000 : undefined);
  if (!error.ok) return error;
  if (!isHere) return readValue(files, '/proc/stat', { parse: parseBtime, wanted: 'a table with btime' });
  const uptime = await readValue(files, '/proc/uptime', { parse: parseUptime, wanted: 'a number of seconds' });
  return uptime.ok ? known({ micros: Date.now() * 1000 - uptime.value, plusMinus: error.value }) : uptime;
}

/** Microseconds since CLOCK_BOOTTIME began. */
function parseUptime(text: string): number | undefined {
  const match = /^(\d{1,9})\.(\d\d) /.exec(text);
  return match === null ? undefined : Number(match[1]) * MICROS + Number(match[2]) * (MICROS / 100);
}

function parseBtime(text: string): BootedAt | undefined {
  const match = /^btime (\d{1,10})$/m.exec(text);
  return match === null ? undefined : { micros: Number(match[1]) * MICROS, plusMinus: 1 };
}
