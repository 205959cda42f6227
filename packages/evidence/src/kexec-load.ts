/** A segment as `kexec -d` prints it. */
export interface DebugSegment {
  readonly mem: bigint;
  readonly memsz: bigint;
}

/** A load by kexec-tools, as `kexec -d` prints it. Loading starts nothing. */
export interface KexecLoad {
  /** The line that says what was loaded. */
  readonly line: number;
  /** Where the machine jumps to: kexec-tools' purgatory, or the kernel itself. */
  readonly entry: bigint;
  readonly flags: bigint;
  readonly segments: readonly DebugSegment[];
}

const CALL = /^kexec_load: entry = (0x[\da-f]{1,16}) flags = (0x[\da-f]{1,16})$/;
/** The system call takes no more. */
const SEGMENTS_MAX = 16;
const SEGMENT = /^segment\[(\d{1,2})\]\.(mem|memsz) {0,8}= (0x[\da-f]{1,16})$/;

/** Collects the loads of a log. */
export class KexecLoads {
  readonly #loads: {
    line: number;
    entry: bigint;
    flags: bigint;
    mem: (bigint | undefined)[];
    memsz: (bigint | undefined)[];
  }[] = [];

  /** Whether the line belongs to a load. */
  see(number: number, text: string): boolean {
    if (!text.startsWith('kexec_load: ') && !text.startsWith('segment[')) return false;
    const call = CALL.exec(text);
    if (call !== null) {
      const [, entry = '0', flags = '0'] = call;
      this.#loads.push({ line: number, entry: BigInt(entry), flags: BigInt(flags), mem: [], memsz: [] });
      return true;
    }
    const load = this.#loads.at(-1);
    const field = load === undefined ? null : SEGMENT.exec(text);
    if (load === undefined || field === null) return false;
    const [, index = '', name, value = '0'] = field;
    if (Number(index) < SEGMENTS_MAX) (name === 'mem' ? load.mem : load.memsz)[Number(index)] = BigInt(value);
    return true;
  }

  /** All that was seen; of a segment both its place and its size. */
  found(): readonly KexecLoad[] {
    return this.#loads.map(({ line, entry, flags, mem, memsz }) => ({
      line,
      entry,
      flags,
      segments: Array.from(mem).flatMap((start, at) => {
        const size = memsz[at];
        return start === undefined || size === undefined ? [] : [{ mem: start, memsz: size }];
      }),
    }));
  }
}
