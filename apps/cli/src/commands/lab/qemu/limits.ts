/** What machines that a page starts may take of this host. */
export interface QemuLimits {
  /** Machines that run at once. */
  readonly machines: number;
  /** RAM of each, MiB. */
  readonly memoryMib: { readonly least: number; readonly most: number };
  readonly cpus: number;
  /** Bytes of a request with its files. */
  readonly bodyBytes: number;
  /** Milliseconds that a client may be silent in the middle of a request. */
  readonly silenceMs: number;
  /** Most bytes that any step of unpacking a kernel may produce. */
  readonly unpackedBytes: number;
  /** Milliseconds until a plan is made and proved. */
  readonly planMs: number;
  /** Milliseconds in which a machine that is to end may do so by itself. */
  readonly endMs: number;
  /** Milliseconds for a whole reboot, up to the mark of the next kernel. */
  readonly bootMs: number;
  /** Milliseconds that a machine runs on when the next kernel is up. */
  readonly keptMs: number;
  /** Milliseconds that a machine runs on when nobody watches it. */
  readonly graceMs: number;
  /** Milliseconds after which a client that reads nothing of what it is sent counts as gone. */
  readonly stallMs: number;
  /** Milliseconds for which it can be asked how a machine ended. */
  readonly toldMs: number;
  /** Clients that watch one machine. */
  readonly watchers: number;
  /** Characters of a console that are kept for who comes late or reads slowly. */
  readonly consoleLength: number;
  /** Bytes that are typed at once, and that a machine has not read yet. */
  readonly inputBytes: number;
  readonly waitingBytes: number;
}

/** What `kexeckit lab` allows. */
export const qemuLimits: QemuLimits = {
  machines: 2,
  memoryMib: { least: 256, most: 4096 },
  cpus: 8,
  bodyBytes: 2 ** 28,
  silenceMs: 10_000,
  unpackedBytes: 2 ** 29,
  planMs: 60_000,
  endMs: 500,
  bootMs: 600_000,
  keptMs: 1_800_000,
  graceMs: 15_000,
  stallMs: 30_000,
  toldMs: 60_000,
  watchers: 4,
  consoleLength: 2 ** 20,
  inputBytes: 4096,
  waitingBytes: 2 ** 16,
};
