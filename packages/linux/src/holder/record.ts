import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The process that holds the pages of what is loaded, as it noted itself. */
export interface HolderRecord {
  readonly pid: number;
  /** When it was started, in ticks since boot: a number of a process comes again, both together do not. */
  readonly started: number;
  readonly strategy: string;
}

/** A holder that has noted itself, and whether it still lives. */
export interface FoundHolder extends HolderRecord {
  readonly isAlive: boolean;
}

/** Where holders note themselves: gone with the kernel, as what is loaded is. */
export const HOLDER_FOLDER = '/run/kexeckit';

const fileIn = (folder: string): string => join(folder, 'holder.json');

/** Where a holder listens. */
export const socketIn = (folder: string): string => join(folder, 'holder.socket');

/** Notes this process as a holder. */
export function writeRecord(strategy: string, folder: string): void {
  const record: HolderRecord = { pid: process.pid, started: startOf(process.pid) ?? 0, strategy };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const half = `${fileIn(folder)}.part`;
  writeFileSync(half, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  renameSync(half, fileIn(folder));
}

/** Forgets a holder. */
export function removeRecord(folder: string): void {
  rmSync(fileIn(folder), { force: true });
  rmSync(socketIn(folder), { force: true });
}

/** The holder that has noted itself, dead or alive; undefined where there is none, or this process may not see it. */
export function readHolder(folder: string = HOLDER_FOLDER): FoundHolder | undefined {
  try {
    const record: unknown = JSON.parse(readFileSync(fileIn(folder), 'utf8'));
    return isRecord(record) ? { ...record, isAlive: startOf(record.pid) === record.started } : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is HolderRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, started, strategy }: Partial<Record<keyof HolderRecord, unknown>> = value;
  return [typeof pid, typeof started, typeof strategy].join() === 'number,number,string';
}

/** Field 22 of /proc/PID/stat, behind a name that may have anything in it; undefined for what has ended, a zombie too. */
function startOf(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return 'ZX'.includes(state) ? undefined : Number(fields[18]);
  } catch {
    return undefined;
  }
}
