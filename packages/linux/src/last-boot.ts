import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommitMark, parseMark } from '@kexeckit/reboot';
import { checkRoot } from './host.ts';
import {
  errnoOf,
  failed,
  firstOf,
  known,
  latin1,
  list,
  type Reading,
  readBytes,
  readLine,
  readValue,
  type Unread,
  unknown,
} from './reading.ts';

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
  const unread: Partial<Record<keyof LastBootValues, Unread>> = {};
  const keep = <T>(field: keyof LastBootValues, reading: Reading<T>): T | undefined => {
    if (reading.ok) return reading.value;
    unread[field] = reading.unread;
    return undefined;
  };
  return {
    kernelLog: keep('kernelLog', await readKernelLog(root)),
    previousLog: keep('previousLog', await readPreviousLog(root)),
    mark: keep('mark', await readMark(root, options.mark)),
    bootedAt: keep('bootedAt', await readBootedAt(root)),
    bootId: keep('bootId', await readLine(root, '/proc/sys/kernel/random/boot_id')),
    unread,
  };
}

const KMSG = '/dev/kmsg';

/** The kernel's log; a copied tree has it as a file. */
async function readKernelLog(root: string): Promise<Reading<string>> {
  return firstOf(
    () => readRecords(root, KMSG),
    () => readLog(root, '/var/log/dmesg'),
  );
}

const RECORD_MAX = 8192;
/** More than the largest buffer holds that a kernel can be told to keep. */
const RECORDS_MAX = 2 ** 20;

/** Reads /dev/kmsg, which gives one record at each read, and EAGAIN behind the last. */
async function readRecords(root: string, path: string): Promise<Reading<string>> {
  let file: FileHandle | undefined;
  try {
    file = await open(join(root, path), constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await file.stat();
    if (found.isFile()) return await readLog(root, path);
    if (!found.isCharacterDevice()) return unknown(path, 'EINVAL', 'it is neither a file nor the kernel’s log');
    const records: string[] = [];
    for (let at = 0; at < RECORDS_MAX; at += 1) {
      const record = await readRecord(file);
      if (record === undefined) break;
      records.push(record);
    }
    return known(records.join(''));
  } catch (error) {
    return failed(path, error);
  } finally {
    await file?.close();
  }
}

/** The next record, or `undefined` behind the last. One that was overwritten meanwhile is left out. */
async function readRecord(file: FileHandle): Promise<string | undefined> {
  try {
    const { bytesRead, buffer } = await file.read(new Uint8Array(RECORD_MAX), 0, RECORD_MAX, null);
    return bytesRead === 0 ? undefined : latin1(buffer.subarray(0, bytesRead));
  } catch (error) {
    if (errnoOf(error) === 'EAGAIN') return undefined;
    if (errnoOf(error) === 'EPIPE') return '';
    throw error;
  }
}

async function readLog(root: string, path: string): Promise<Reading<string>> {
  const bytes = await readBytes(root, path);
  return bytes.ok ? known(new TextDecoder().decode(bytes.value)) : bytes;
}

/** The console of the kernel before, or else what it wrote when it died. */
async function readPreviousLog(root: string): Promise<Reading<string>> {
  const found: (() => Promise<Reading<string>>)[] = [];
  for (const folder of KEPT) {
    const names = await list(root, folder);
    if (!names.ok) continue;
    const logs = names.value.filter((name) => /^(?:console|dmesg)-/.test(name)).toSorted();
    found.push(...logs.map((name) => () => readLog(root, `${folder}/${name}`)));
  }
  return found.length === 0
    ? unknown(KEPT[0] ?? '', 'ENOENT', 'it has no log of the kernel before')
    : firstOf(...found);
}

async function readMark(root: string, path: string | undefined): Promise<Reading<CommitMark>> {
  const paths = path === undefined ? MARK_PATHS : [path];
  return firstOf(...paths.map((each) => () => readValue(root, each, parseMark, 'a mark of this version')));
}

const MICROS = 1_000_000;

/** On this host by its clocks. A tree was copied some time ago: there the kernel's own word, in whole seconds. */
async function readBootedAt(root: string): Promise<Reading<BootedAt>> {
  if (root !== '/') return readValue(root, '/proc/stat', parseBtime, 'a table with btime');
  const uptime = await readValue(root, '/proc/uptime', parseUptime, 'a number of seconds');
  return uptime.ok ? known({ micros: Date.now() * 1000 - uptime.value, plusMinus: 0.01 }) : uptime;
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
