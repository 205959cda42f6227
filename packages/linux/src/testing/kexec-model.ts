import { type Range, rangeContains, rangeSize, rangesOverlap } from '@kexeckit/ioport';
import type { Host } from '../host.ts';
import { callFailed, type Kernel } from '../syscalls/kernel.ts';
import type { SystemCall } from '../syscalls/numbers.ts';
import { MemoryModel } from './memory-model.ts';

/** An image as a kernel holds it: copies of what it was given. */
export interface HeldImage {
  readonly entry: bigint;
  readonly segments: readonly { readonly mem: bigint; readonly memsz: bigint; readonly bytes: Uint8Array }[];
}

/** What a kernel was given by files. */
export interface HeldFiles {
  readonly kernel: bigint;
  /** Undefined where it was told that there is none. */
  readonly initrd: bigint | undefined;
  readonly cmdline: string;
  readonly flags: bigint;
}

/** A call that fails: the so-manieth of its name, from 1 on. */
export interface Failure {
  readonly call: SystemCall;
  readonly time: number;
  readonly errno: string;
}

const ON_CRASH = 1n;
const MACHINES: Readonly<Record<string, bigint>> = { arm64: 183n, x64: 62n };
const FILE = { unload: 1n, onCrash: 2n, noInitramfs: 4n, known: 0x1fn };

/** Memory that the kernel does not use, as /dev/mem shows it. */
export interface Beyond extends Range {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** So much of it, zero. */
export const beyond = (range: Range): Beyond => ({ ...range, bytes: new Uint8Array(Number(rangeSize(range))) });

/** The file descriptor of /dev/mem. */
const DEV_MEM = 3n;

/**
 * What Linux does for kexec_load and reboot, as far as a caller can see: it takes copies, holds one image of each kind, and
 * loses what stood in the crash slot before it looks at what comes, though not where it is busy or does not permit the call.
 * Every call that loads or unloads counts its limit down.
 * /dev/mem shows what the kernel does not use, and no more.
 */
export class KexecModel implements Kernel {
  readonly architecture: string;
  next: HeldImage | undefined;
  crash: HeldImage | undefined;
  /** What was loaded by files last, and not unloaded. */
  files: HeldFiles | undefined;
  /** The same for a panic. */
  crashFiles: HeldFiles | undefined;
  /** Whether file systems were written out, and a reboot into the next image was asked for after that. */
  synced = false;
  rebooted = false;
  /** From this call on the process is dead: none of its calls comes through. */
  diesAt = Infinity;
  readonly #host: Host;
  readonly #failures: readonly Failure[];
  /** The memory of the process that asks. */
  readonly memory = new MemoryModel();
  /** Texts below /proc. */
  readonly texts = new Map<string, string>();
  /** What was done to memory beyond the kernel, and to lines of it in the caches, in this order; `code` was run for that. */
  readonly flushed: {
    readonly start: bigint;
    readonly size: bigint;
    readonly code: Uint32Array;
    readonly bytes: Uint8Array;
  }[] = [];
  readonly #beyond: Beyond | undefined;
  readonly #executable = new Set<bigint>();
  readonly #files = new Set<bigint>();
  readonly #calls = new Map<SystemCall, number>();
  /** Calls that load or unload, and are left for a reboot, and for a panic; -1 for any number. */
  readonly limits: { next: number; crash: number };

  constructor(host: Host, failures: readonly Failure[] = [], memory?: Beyond) {
    this.architecture = host.architecture === 'x86_64' ? 'x64' : 'arm64';
    this.#host = host;
    this.#failures = failures;
    this.#beyond = memory;
    this.limits = { next: host.kexecLimitReboot ?? -1, crash: host.kexecLimitPanic ?? -1 };
  }

  /** The host, as it reads now. */
  read = async (): Promise<Host> => ({
    ...this.#host,
    kexecLoaded: this.next !== undefined || this.files !== undefined,
    kexecCrashLoaded: this.crash !== undefined || this.crashFiles !== undefined,
    kexecLimitReboot: this.limits.next,
    kexecLimitPanic: this.limits.crash,
  });

  /** Bytes of the caller that are still mapped. */
  get mappedBytes(): number {
    return this.memory.mappedBytes;
  }

  /** How many calls were made. */
  get calls(): number {
    return [...this.#calls.values()].reduce((sum, count) => sum + count, 0);
  }

  /** How often this one was made. */
  readonly times = (name: SystemCall): number => this.#calls.get(name) ?? 0;

  call(name: SystemCall, ...args: readonly bigint[]): bigint {
    const time = this.times(name) + 1;
    this.#calls.set(name, time);
    if (this.calls >= this.diesAt) throw new Error('killed');
    this.#countDown(name, args);
    const failure = this.#failures.find((each) => each.call === name && each.time === time);
    // Its lock and its permission come first.
    const isRefused = failure !== undefined && ['EBUSY', 'EPERM', 'ENOSYS'].includes(failure.errno);
    if (name === 'kexec_load' && !isRefused) this.#loseCrash(args);
    if (failure !== undefined) throw callFailed(name, failure.errno);
    const [a = 0n, b = 0n, c = 0n, d = 0n, file = 0n, offset = 0n] = args;
    const { memory } = this;
    if (name === 'openat') return this.#open(b);
    if (name === 'close') return this.#close(a);
    if (name === 'mmap') return this.#files.has(file) ? this.#mapBeyond(b, offset) : memory.map(Number(b));
    if (name === 'mprotect') return this.#protect(a, c);
    if (name === 'munmap') return this.#unmap(a);
    if (name === 'madvise') return 0n;
    if (name === 'mlock') return memory.lock(a, Number(b));
    if (name === 'io_uring_setup') return memory.openRing();
    if (name === 'io_uring_register') return memory.register(a, b, c, d);
    if (name === 'kexec_load') return this.#load(args);
    if (name === 'kexec_file_load') return this.#loadFiles(args);
    if (name === 'sync') return this.#sync();
    if (name === 'reboot') return this.#reboot(args);
    throw callFailed(name, 'ENOSYS');
  }

  view(address: bigint, size: number): Uint8Array<ArrayBuffer> {
    return this.memory.view(address, size);
  }

  pagemap(address: bigint, pages: number): BigUint64Array {
    return this.memory.pagemap(address, pages);
  }

  text(path: string): string | undefined {
    return this.texts.get(path) ?? this.#says(path);
  }

  /** What it says of itself in files, as it is now. */
  #says(path: string): string | undefined {
    const { next, files, crash, crashFiles, limits } = this;
    const said = new Map<string, number | bigint>([
      ['/sys/kernel/kexec_crash_size', this.#host.kexecCrashSize ?? 0n],
      ['/sys/kernel/kexec_loaded', next === undefined && files === undefined ? 0 : 1],
      ['/sys/kernel/kexec_crash_loaded', crash === undefined && crashFiles === undefined ? 0 : 1],
      ['/proc/sys/kernel/kexec_load_limit_reboot', limits.next],
      ['/proc/sys/kernel/kexec_load_limit_panic', limits.crash],
    ]).get(path);
    return said === undefined ? undefined : `${said}\n`;
  }

  run(code: bigint, a: bigint, b: bigint): void {
    if (!this.#executable.has(code)) throw new Error('SIGSEGV');
    const bytes = this.view(a, Number(b - a));
    const start = (this.#beyond?.start ?? 0n) + BigInt(bytes.byteOffset);
    const words = new Uint32Array(this.view(code, 4096).slice().buffer);
    this.flushed.push({ start, size: b - a, code: words, bytes: bytes.slice() });
  }

  /** Files that are still open. */
  get openFiles(): number {
    return this.#files.size;
  }

  #open(path: bigint): bigint {
    const bytes = this.view(path, 4096);
    const name = new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
    if (name !== '/dev/mem') throw callFailed('openat', 'ENOENT');
    this.#files.add(DEV_MEM);
    return DEV_MEM;
  }

  #close(file: bigint): bigint {
    return this.#files.delete(file) ? 0n : this.memory.close(file);
  }

  /** What the kernel uses itself is not shown: CONFIG_STRICT_DEVMEM. */
  #mapBeyond(size: bigint, start: bigint): bigint {
    const memory = this.#beyond;
    if (memory === undefined || !rangeContains(memory, { start, end: start + size - 1n }))
      throw callFailed('mmap', 'EPERM');
    return this.memory.mapBytes(
      memory.bytes.subarray(Number(start - memory.start), Number(start + size - memory.start)),
    );
  }

  #protect(address: bigint, protection: bigint): bigint {
    if ((protection & 4n) !== 0n) this.#executable.add(address);
    return 0n;
  }

  #unmap(address: bigint): bigint {
    this.#executable.delete(address);
    return this.memory.unmap(address);
  }

  /** Before anything else is looked at. */
  #countDown(name: SystemCall, [, , , flags = 0n, fileFlags = 0n]: readonly bigint[]): void {
    if (name !== 'kexec_load' && name !== 'kexec_file_load') return;
    const isCrash = name === 'kexec_load' ? (flags & ON_CRASH) !== 0n : (fileFlags & FILE.onCrash) !== 0n;
    const slot = isCrash ? 'crash' : 'next';
    if (this.limits[slot] === 0) throw callFailed(name, 'EPERM');
    if (this.limits[slot] > 0) this.limits[slot] -= 1;
  }

  #loseCrash([, , , flags = 0n]: readonly bigint[]): void {
    if ((flags & ON_CRASH) !== 0n) this.#holdCrash(undefined, undefined);
  }

  #load([entry = 0n, count = 0n, table = 0n, flags = 0n]: readonly bigint[]): bigint {
    if (flags >> 16n !== MACHINES[this.architecture]) throw callFailed('kexec_load', 'EINVAL');
    const image = count === 0n ? undefined : { entry, segments: this.#segments(table, Number(count)) };
    if ((flags & ON_CRASH) !== 0n) this.#holdCrash(image, undefined);
    else this.#hold(image, undefined);
    return 0n;
  }

  #loadFiles([kernel = 0n, initrd = 0n, size = 0n, cmdline = 0n, flags = 0n]: readonly bigint[]): bigint {
    if ((flags & ~FILE.known) !== 0n) throw callFailed('kexec_file_load', 'EINVAL');
    if ((flags & FILE.unload) !== 0n) {
      if ((flags & FILE.onCrash) !== 0n) this.#holdCrash(undefined, undefined);
      else this.#hold(undefined, undefined);
      return 0n;
    }
    const bytes = this.view(cmdline, Number(size)).slice();
    if (bytes.at(-1) !== 0) throw callFailed('kexec_file_load', 'EINVAL');
    const files = {
      kernel,
      initrd: (flags & FILE.noInitramfs) === 0n ? initrd : undefined,
      cmdline: new TextDecoder().decode(bytes.subarray(0, -1)),
      flags,
    };
    if ((flags & FILE.onCrash) !== 0n) this.#holdCrash(undefined, files);
    else this.#hold(undefined, files);
    return 0n;
  }

  #holdCrash(image: HeldImage | undefined, files: HeldFiles | undefined): void {
    this.crash = image;
    this.crashFiles = files;
  }

  #hold(image: HeldImage | undefined, files: HeldFiles | undefined): void {
    this.next = image;
    this.files = files;
  }

  #segments(table: bigint, count: number): HeldImage['segments'] {
    const words = new DataView(this.view(table, count * 32).slice().buffer);
    const segments = Array.from({ length: count }, (_, index) => {
      const [buffer, size, mem, memsz] = [0, 8, 16, 24].map((at) => words.getBigUint64(32 * index + at, true));
      const bytes = new Uint8Array(Number(memsz ?? 0n));
      bytes.set(this.view(buffer ?? 0n, Number(size ?? 0n)));
      return { mem: mem ?? 0n, memsz: memsz ?? 0n, bytes };
    });
    const ranges = segments.map(({ mem, memsz }) => ({ start: mem, end: mem + memsz - 1n }));
    if (ranges.some(({ start, end }) => start % 4096n !== 0n || (end + 1n) % 4096n !== 0n))
      throw callFailed('kexec_load', 'EADDRNOTAVAIL');
    if (ranges.some((one, at) => ranges.some((other, index) => index < at && rangesOverlap(one, other))))
      throw callFailed('kexec_load', 'EINVAL');
    return segments;
  }

  #sync(): bigint {
    this.synced = true;
    return 0n;
  }

  #reboot([, , command]: readonly bigint[]): bigint {
    if (command !== 0x4558_4543n || (this.next ?? this.files) === undefined || !this.synced)
      throw callFailed('reboot', 'EINVAL');
    this.rebooted = true;
    return 0n;
  }
}
