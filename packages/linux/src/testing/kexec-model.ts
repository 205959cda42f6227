import { rangesOverlap } from '@kexeckit/ioport';
import type { Host } from '../host.ts';
import { callFailed, type Kernel } from '../syscalls/kernel.ts';
import type { SystemCall } from '../syscalls/numbers.ts';
import { MemoryModel } from './memory-model.ts';

/** An image as a kernel holds it: copies of what it was given. */
export interface HeldImage {
  readonly entry: bigint;
  readonly segments: readonly { readonly mem: bigint; readonly memsz: bigint; readonly bytes: Uint8Array }[];
}

/** A call that fails: the so-manieth of its name, from 1 on. */
export interface Failure {
  readonly call: SystemCall;
  readonly time: number;
  readonly errno: string;
}

const ON_CRASH = 1n;
const EM_AARCH64 = 183n;

/**
 * What Linux does for kexec_load and reboot, as far as a caller can see: it takes copies, holds one image of each kind, and
 * loses what stood in the crash slot before it looks at what comes.
 */
export class KexecModel implements Kernel {
  readonly architecture = 'arm64';
  next: HeldImage | undefined;
  crash: HeldImage | undefined;
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
  readonly #calls = new Map<SystemCall, number>();

  constructor(host: Host, failures: readonly Failure[] = []) {
    this.#host = host;
    this.#failures = failures;
  }

  /** The host, as it reads now. */
  read = async (): Promise<Host> => ({
    ...this.#host,
    kexecLoaded: this.next !== undefined,
    kexecCrashLoaded: this.crash !== undefined,
  });

  /** Bytes of the caller that are still mapped. */
  get mappedBytes(): number {
    return this.memory.mappedBytes;
  }

  /** How many calls were made. */
  get calls(): number {
    return [...this.#calls.values()].reduce((sum, count) => sum + count, 0);
  }

  call(name: SystemCall, ...args: readonly bigint[]): bigint {
    const time = (this.#calls.get(name) ?? 0) + 1;
    this.#calls.set(name, time);
    if (this.calls >= this.diesAt) throw new Error('killed');
    const failure = this.#failures.find((each) => each.call === name && each.time === time);
    if (name === 'kexec_load') this.#loseCrash(args);
    if (failure !== undefined) throw callFailed(name, failure.errno);
    const [a = 0n, b = 0n, c = 0n, d = 0n] = args;
    const { memory } = this;
    if (name === 'mmap') return memory.map(Number(b));
    if (name === 'munmap') return memory.unmap(a);
    if (name === 'madvise') return 0n;
    if (name === 'mlock') return memory.lock(a, Number(b));
    if (name === 'io_uring_setup') return memory.openRing();
    if (name === 'io_uring_register') return memory.register(a, b, c, d);
    if (name === 'close') return memory.close(a);
    if (name === 'kexec_load') return this.#load(args);
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
    return this.texts.get(path);
  }

  #loseCrash([, , , flags = 0n]: readonly bigint[]): void {
    if ((flags & ON_CRASH) !== 0n) this.crash = undefined;
  }

  #load([entry = 0n, count = 0n, table = 0n, flags = 0n]: readonly bigint[]): bigint {
    if (flags >> 16n !== EM_AARCH64) throw callFailed('kexec_load', 'EINVAL');
    const image = count === 0n ? undefined : { entry, segments: this.#segments(table, Number(count)) };
    if ((flags & ON_CRASH) === 0n) this.next = image;
    else this.crash = image;
    return 0n;
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
    if (command !== 0x4558_4543n || this.next === undefined || !this.synced) throw callFailed('reboot', 'EINVAL');
    this.rebooted = true;
    return 0n;
  }
}
