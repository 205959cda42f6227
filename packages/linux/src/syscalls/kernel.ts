import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import { LinuxError } from '../error.ts';
import { errnoOf } from '../reading.ts';
import { numbers, type SystemCall } from './numbers.ts';

/** What a {@link SystemCallError} points at. */
export interface SystemCallErrorDetails {
  readonly call?: SystemCall | undefined;
  /** The error underneath. */
  readonly cause?: unknown;
}

/** A system call that failed. `code` is the kernel's errno by its name: EPERM, EBUSY, … */
export class SystemCallError extends Error {
  override readonly name = 'SystemCallError';
  readonly code: string;
  readonly hint: string;
  readonly call: SystemCall | undefined;

  constructor(code: string, message: string, hint: string, details: SystemCallErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = hint;
    this.call = details.call;
  }
}

/** The error for a call that failed so. */
export const callFailed = (call: SystemCall, errno: string): SystemCallError =>
  new SystemCallError(errno, `${call} failed: ${errno}`, `see ${call}(2)`, { call });

/** A memory of this process: where it is, and its bytes. */
export interface Mapping {
  readonly address: bigint;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The kernel that this process runs on. Tests put another one in its place. */
export interface Kernel {
  /** Its architecture, as Node names it. */
  readonly architecture: string;
  /**
   * Makes a system call with up to six arguments.
   *
   * @throws SystemCallError
   */
  call(name: SystemCall, ...args: readonly bigint[]): bigint;
  /** The bytes at an address of this process. They must be mapped as long as anybody looks at them. */
  view(address: bigint, size: number): Uint8Array<ArrayBuffer>;
  /**
   * What /proc/self/pagemap says of pages of this process, from an address on: a word for each.
   *
   * @throws LinuxError `EACCES` or `EIO` where it cannot be read.
   */
  pagemap(address: bigint, pages: number): BigUint64Array;
  /** The text of a file below /proc; undefined where it cannot be read. */
  text(path: string): string | undefined;
  /** Runs machine code at an address of this process: a function of the C calling convention of two arguments. */
  run(code: bigint, a: bigint, b: bigint): void;
}

const errnoNames: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, value]) => [value, name]),
);

/** Native code: loaded where it is needed, and not before; and once, as it keeps the types that it is told by their names. */
const native = once(async () => {
  const { default: koffi } = await import('koffi');
  const declared = 'int64 syscall(int64 number, uint64 a, uint64 b, uint64 c, uint64 d, uint64 e, uint64 f)';
  return { koffi, syscall: koffi.load(null).func(declared), code: koffi.proto('void code(uint64 a, uint64 b)') };
});

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/**
 * The kernel below, through the C library's `syscall`.
 *
 * @throws LinuxError `EOPNOTSUPP` on another system, or another architecture than arm64 and x86_64.
 */
export async function thisKernel(): Promise<Kernel> {
  const known = process.platform === 'linux' ? numbers[process.arch] : undefined;
  if (known === undefined)
    throw new LinuxError(
      'EOPNOTSUPP',
      `this is ${process.platform} on ${process.arch}`,
      'run it on Linux, on arm64 or x86_64',
      { value: process.arch },
    );
  const { koffi, syscall, code } = await native();
  return {
    architecture: process.arch,
    call: (name, ...[a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n]) => {
      const result: unknown = syscall(known[name], a, b, c, d, e, f);
      const value = typeof result === 'bigint' ? result : BigInt(Number(result));
      if (value !== -1n) return value;
      const errno = koffi.errno();
      throw callFailed(name, errnoNames.get(errno) ?? `errno ${errno}`);
    },
    view: (address, size) => new Uint8Array(koffi.view(address, size)),
    pagemap: readPagemap,
    text: (path) => {
      try {
        return readFileSync(path, 'latin1');
      } catch {
        return undefined;
      }
    },
    run: (at, a, b) => void koffi.call(at, code, a, b),
  };
}

const PAGEMAP = '/proc/self/pagemap';
const PAGE = 4096n;

function readPagemap(address: bigint, pages: number): BigUint64Array {
  const words = new BigUint64Array(pages);
  const bytes = new Uint8Array(words.buffer);
  try {
    const file = openSync(PAGEMAP, 'r');
    try {
      const first = Number(address / PAGE) * 8;
      for (let done = 0; done < bytes.length; ) {
        const read = readSync(file, bytes, done, bytes.length - done, first + done);
        if (read === 0) throw unreadable('it ends early');
        done += read;
      }
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw error instanceof LinuxError ? error : unreadable(String(error), error);
  }
  return words;
}

const unreadable = (why: string, cause?: unknown): LinuxError =>
  new LinuxError(
    errnoOf(cause) === 'EACCES' ? 'EACCES' : 'EIO',
    `${PAGEMAP} cannot be read: ${why}`,
    'run it as root on the host itself',
    { path: PAGEMAP, cause },
  );
