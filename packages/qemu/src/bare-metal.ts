import { setTimeout as sleep } from 'node:timers/promises';
import { Assembler, x0, x1 } from '@kexeckit/a64';
import { QemuError } from './error.ts';
import { refuseNoTime } from './limits.ts';
import { DEFAULT_BINARY, FIRMWARE_DTB_SIZE, RAM_BASE } from './options.ts';
import { howItEnded, type QemuProcess, qmpArguments, ramArguments, startQemu } from './process.ts';
import { QmpClient } from './qmp.ts';
import { Ram } from './ram.ts';

/** Bytes at a physical address. */
export interface MemoryPiece {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/** A stretch of physical memory; `size` in bytes. */
export interface MemoryStretch {
  readonly address: bigint;
  readonly size: number;
}

/** A program without an operating system. */
export interface BareMetalProgram {
  /** A64 words. A program ends by running past its last word, at EL1 or above. */
  readonly words: Uint32Array;
  /** Physical address of the first word, where execution starts; a multiple of 4. */
  readonly address: bigint;
  /** What else lies in memory when it starts; everything else is zero. */
  readonly memory?: readonly MemoryPiece[];
  /** What is wanted of memory when it has ended. */
  readonly results: readonly MemoryStretch[];
}

/** The machine that a program runs on, and for how long. */
export interface BareMetalOptions {
  /** The level that execution starts at, with its MMU off; the levels above it do not exist. By default 3. */
  readonly exceptionLevel?: 1 | 2 | 3;
  /** RAM in bytes, a multiple of 1 MiB, from {@link BARE_METAL_BASE} less 2 MiB on; by default 64 MiB. */
  readonly memory?: bigint;
  /** QEMU's name of the CPU; by default `max`, which has all features that QEMU knows. */
  readonly cpu?: string;
  /**
   * Time goes by instructions, one a nanosecond, so that CNTVCT_EL0 counts them in periods of CNTFRQ_EL0 (`-icount
   * shift=0`), the same in every run. By default time is this host's.
   */
  readonly countInstructions?: boolean;
  /** The program; by default `qemu-system-aarch64` from PATH. */
  readonly binary?: string;
  /** By default 10 seconds. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What a program left behind. */
export interface BareMetalResult {
  /** The stretches that were asked for, in their order. */
  readonly results: readonly Uint8Array[];
  /** What it wrote to the serial port, the PL011 at 0x9000000. */
  readonly console: string;
}

/** The first address that a program may use: QEMU leaves its device tree below. */
export const BARE_METAL_BASE: bigint = RAM_BASE + FIRMWARE_DTB_SIZE;

const MIB = 1n << 20n;
const DEFAULT_MEMORY = 64n * MIB;
const DEFAULT_TIMEOUT_MS = 10_000;
/** How long a QEMU that runs a stuck program may take to say where it is. */
const PATIENCE_MS = 2_000;
/** What gives a machine its highest level. */
const LEVELS: ReadonlyMap<number, string> = new Map([
  [1, ''],
  [2, ',virtualization=on'],
  [3, ',virtualization=on,secure=on'],
]);
/** Characters that a program may print. */
const CONSOLE_MAX = 16 << 20;

/**
 * Runs a program on QEMU's virt machine until it ends, and returns what it left in memory. It has the one CPU for
 * itself: no firmware, no interrupts (all are masked), caches that need no care. RAM is a file, so memory comes and goes
 * without a protocol: a run takes the time of starting QEMU.
 *
 * @throws QemuError where the program does not end (with the place where the CPU was), or QEMU ends for another
 * reason; RebootError `ENOENT` where QEMU is not installed.
 */
export async function runBareMetal(
  program: BareMetalProgram,
  options: BareMetalOptions = {},
): Promise<BareMetalResult> {
  const { memory = DEFAULT_MEMORY } = options;
  refuseNoMachine(program, options, memory);
  const code = { address: program.address, bytes: bytesOf(withExit(program.words)) };
  const pieces = [code, ...(program.memory ?? [])];
  for (const { address, bytes } of pieces) refuseOutside(address, bytes.length, memory, BARE_METAL_BASE);
  for (const { address, size } of program.results) refuseOutside(address, size, memory, RAM_BASE);
  const ram = await Ram.make(RAM_BASE, memory);
  try {
    for (const { address, bytes } of pieces) await ram.write(address, bytes);
    const console = await runToEnd(options, machineOf(program, options, memory), ram);
    const results: Uint8Array[] = [];
    for (const { address, size } of program.results) results.push(await ram.read(address, size));
    return { results, console };
  } finally {
    await ram.close();
  }
}

/** @throws QemuError `EINVAL` for a machine that QEMU cannot make, and a place where no word lies. */
function refuseNoMachine(
  { address }: BareMetalProgram,
  { exceptionLevel = 3 }: BareMetalOptions,
  memory: bigint,
): void {
  if (!LEVELS.has(exceptionLevel))
    throw new QemuError('EINVAL', `a program at EL${exceptionLevel}`, 'use EL1, EL2 or EL3');
  if (address % 4n !== 0n)
    throw new QemuError('EINVAL', `a program at 0x${address.toString(16)}`, 'a word lies at a multiple of 4');
  if (memory % MIB !== 0n) throw new QemuError('EINVAL', `RAM of ${memory} bytes`, 'give whole MiB');
}

function refuseOutside(address: bigint, size: number, memory: bigint, least: bigint): void {
  if (!Number.isSafeInteger(size) || size < 0)
    throw new QemuError('EINVAL', `${size} bytes at 0x${address.toString(16)}`, 'give a whole number of bytes');
  if (address >= least && address + BigInt(size) <= RAM_BASE + memory) return;
  const [from, to] = [least.toString(16), (RAM_BASE + memory - 1n).toString(16)];
  throw new QemuError('EINVAL', `${size} bytes at 0x${address.toString(16)}`, `use 0x${from} to 0x${to}`);
}

// Semihosting (Arm's "Semihosting for AArch32 and AArch64"): operation in w0, parameters at x1.
const SEMIHOSTING_CALL = 0xf000;
const SYS_EXIT = 0x18;
const APPLICATION_EXIT = 0x20026n;
/** What QEMU ends with when a program has run past its last word, and for no reason of its own, of its machine's or of a signal's. */
const DONE = 75;

/** The program with a call behind it that ends QEMU with the status {@link DONE}. */
function withExit(words: Uint32Array): Uint32Array {
  const exit = new Assembler()
    .emit('adr', x1, 'parameters')
    .emit('movz', x0, SYS_EXIT, 0)
    .emit('hlt', SEMIHOSTING_CALL)
    .quad('parameters', APPLICATION_EXIT)
    .quad('status', BigInt(DONE))
    .words();
  const whole = new Uint32Array(words.length + exit.length);
  whole.set(words);
  whole.set(exit, words.length);
  return whole;
}

const bytesOf = (words: Uint32Array): Uint8Array => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

function machineOf(
  program: BareMetalProgram,
  { exceptionLevel = 3, cpu = 'max', countInstructions = false }: BareMetalOptions,
  memory: bigint,
): string[] {
  const levels = LEVELS.get(exceptionLevel) ?? '';
  return [
    ...['-M', `virt,gic-version=3,its=off,memory-backend=ram${levels}`, '-cpu', cpu],
    ...['-m', `${memory >> 20n}M`],
    ...(countInstructions ? ['-icount', 'shift=0,sleep=off'] : []),
    ...ramArguments(memory),
    ...['-device', `loader,addr=0x${program.address.toString(16)},cpu-num=0`],
    ...['-semihosting-config', 'enable=on,target=native'],
    ...['-nodefaults', '-nic', 'none', '-display', 'none', '-no-reboot'],
    ...['-serial', 'stdio'],
    ...qmpArguments,
  ];
}

/** Lets QEMU run until it ends, and returns what it wrote to the serial port; nothing is asked of it unless it is stuck. */
async function runToEnd(options: BareMetalOptions, args: readonly string[], ram: Ram): Promise<string> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options;
  refuseNoTime(timeoutMs);
  if (signal?.aborted) throw wasCancelled(signal);
  const qemu = await startQemu(options.binary ?? DEFAULT_BINARY, args, [ram.file]);
  const stop = new AbortController();
  const forward = (): void => stop.abort('cancelled');
  signal?.addEventListener('abort', forward, { once: true });
  let console = '';
  qemu.output.setEncoding('latin1').on('data', (text: string) => {
    if (console.length <= CONSOLE_MAX) console += text;
    if (console.length > CONSOLE_MAX) stop.abort('flooded');
  });
  try {
    const late = sleep(timeoutMs, 'late' as const, { signal: stop.signal }).catch(() => stop.signal.reason as unknown);
    const outcome = signal?.aborted ? 'cancelled' : await Promise.race([qemu.ended.then(() => 'ended'), late]);
    if (outcome === 'late') throw await stuck(qemu, timeoutMs, console, stop.signal);
    if (signal?.aborted) throw wasCancelled(signal);
    if (outcome === 'flooded') throw flooded(console);
    if (qemu.child.exitCode !== DONE) throw endedBadly(qemu, await qemu.ended, console);
    return console;
  } finally {
    signal?.removeEventListener('abort', forward);
    stop.abort('over');
    qemu.kill();
    await qemu.ended;
  }
}

const flooded = (console: string): QemuError =>
  new QemuError('EIO', `the program printed more than ${CONSOLE_MAX >> 20} MiB`, 'let it print less, and end', {
    console: console.slice(0, CONSOLE_MAX),
  });

const wasCancelled = (signal: AbortSignal | undefined): QemuError =>
  new QemuError('ECANCELED', 'the run was cancelled', 'run it again', { cause: signal?.reason });

function endedBadly({ child }: QemuProcess, complaint: string, console: string): QemuError {
  const how = `QEMU ended with ${howItEnded(child)}`;
  if (complaint !== '') return new QemuError('EIO', `${how}: ${complaint}`, 'see what it said', { console });
  const hint =
    child.exitCode === 0
      ? 'see whether the program switches the machine off, or somebody ended QEMU; run it by hand with --version'
      : 'run the program by hand, to see whether it is a QEMU for Arm';
  return new QemuError('EIO', `${how}, and said nothing`, hint, { console });
}

async function stuck(qemu: QemuProcess, timeoutMs: number, console: string, signal: AbortSignal): Promise<QemuError> {
  const place = await placeOf(qemu, signal);
  return new QemuError(
    'ETIMEDOUT',
    `the program did not end within ${timeoutMs / 1000} s; ${place}`,
    console === '' ? 'it printed nothing' : `it printed ${JSON.stringify(console.slice(-200))}`,
    { console },
  );
}

/** Where the CPU of a running QEMU is, in words. */
async function placeOf({ qmp }: QemuProcess, signal: AbortSignal): Promise<string> {
  const registers = await QmpClient.over(qmp, { timeoutMs: PATIENCE_MS, signal })
    .then((client) => client.monitor('info registers'))
    .catch(() => '');
  const pc = /PC=([0-9a-f]{16})/.exec(registers)?.[1];
  const level = /EL\d[ht]/.exec(registers)?.[0];
  if (pc === undefined) return 'QEMU did not say where it is';
  const address = BigInt(`0x${pc}`);
  const vectors = address < 0x800n ? ', where no exception vectors are' : '';
  return `the CPU is at 0x${address.toString(16)}${vectors}, ${level ?? 'at an unknown level'}`;
}
