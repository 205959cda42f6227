import { setTimeout as sleep } from 'node:timers/promises';
import { type Phase, RebootError } from '@kexeckit/reboot';
import { QemuError } from './error.ts';
import { GdbClient } from './gdb.ts';
import { inPhase } from './in-phase.ts';
import { binaryOf, machineArguments, type QemuOptions, RAM_BASE } from './options.ts';
import { endedEarly, gdbArguments, type QemuProcess, qmpArguments, ramArguments, startQemu } from './process.ts';
import { QmpClient } from './qmp.ts';
import { Ram } from './ram.ts';

/** What a machine starts with. */
export interface StartOptions {
  /** Ends the start, and everything that is asked until the machine is given other limits. */
  readonly signal: AbortSignal;
  /** Writes memory before QEMU starts. */
  readonly prepare?: (ram: Ram) => Promise<void>;
  /** Physical address that the first CPU starts at. */
  readonly pc?: bigint;
}

/** A QEMU that stands still: its memory, its two connections, and its end. */
export class StoppedMachine {
  readonly ram: Ram;
  readonly qemu: QemuProcess;
  readonly qmp: QmpClient;
  readonly gdb: GdbClient;
  #ending: Promise<void> | undefined;

  constructor(ram: Ram, qemu: QemuProcess, qmp: QmpClient, gdb: GdbClient) {
    this.ram = ram;
    this.qemu = qemu;
    this.qmp = qmp;
    this.gdb = gdb;
  }

  /** Ends QEMU, whatever state it is in, and gives its memory back. */
  async end(): Promise<void> {
    this.#ending ??= this.#end();
    await this.#ending;
  }

  /** @throws RebootError `EIO` in the phase where QEMU has ended, or its connections have, while nothing was asked. */
  async refuseIfOver(phase: Phase): Promise<void> {
    const { exitCode, signalCode } = this.qemu.child;
    if (exitCode !== null || signalCode !== null) throw endedEarly(this.qemu, phase, await this.qemu.ended, []);
    const look = async (): Promise<void> => {
      this.gdb.refuseIfOver();
      this.qmp.refuseIfOver();
    };
    await orEnded(this.qemu, phase, look());
  }

  async #end(): Promise<void> {
    this.gdb.close();
    this.qmp.close();
    this.qemu.kill();
    await this.qemu.ended;
    await this.ram.close();
  }

  /**
   * Waits for work of a phase, but not beyond the end of QEMU. When the signal fires, what was asked fails and QEMU is
   * ended; when the work is done, the signal means nothing any more.
   *
   * @throws RebootError `EIO` in the phase with what QEMU said when it ended, or for an answer that makes no sense.
   */
  async during<T>(phase: Phase, signal: AbortSignal, work: Promise<T>, console?: () => string[]): Promise<T> {
    this.qmp.within(signal);
    this.gdb.within(signal);
    const stop = (): void => void this.end();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      return await orEnded(this.qemu, phase, work, console);
    } finally {
      signal.removeEventListener('abort', stop);
      this.qmp.within({});
      this.gdb.within({});
    }
  }
}

/**
 * Starts the machine that the options describe, stopped before its first instruction.
 *
 * @throws RebootError in the phase, `ENOENT` where QEMU is not installed, `EIO` where it ends by itself; the signal's reason.
 */
export async function startStopped(options: QemuOptions, phase: Phase, start: StartOptions): Promise<StoppedMachine> {
  const { signal } = start;
  signal.throwIfAborted();
  const ram = await inPhase(phase, Ram.make(RAM_BASE, options.memory));
  try {
    if (start.prepare !== undefined) await inPhase(phase, start.prepare(ram));
    signal.throwIfAborted();
    const loader = start.pc === undefined ? [] : ['-device', `loader,addr=0x${start.pc.toString(16)},cpu-num=0`];
    const args = [
      ...machineArguments(options, ',memory-backend=ram'),
      ...ramArguments(options.memory),
      ...loader,
      ...gdbArguments,
      ...qmpArguments,
      ...['-serial', 'stdio', '-no-reboot', '-S'],
    ];
    const qemu = await startQemu(binaryOf(options), args, [ram.file], phase);
    return await connect(ram, qemu, phase, signal);
  } catch (error) {
    await ram.close();
    throw error;
  }
}

async function connect(ram: Ram, qemu: QemuProcess, phase: Phase, signal: AbortSignal): Promise<StoppedMachine> {
  try {
    const clients = Promise.all([QmpClient.over(qemu.qmp, signal), GdbClient.over(qemu.gdb, signal)]);
    const [qmp, gdb] = await orEnded(qemu, phase, clients);
    return new StoppedMachine(ram, qemu, qmp, gdb);
  } catch (error) {
    qemu.kill();
    await qemu.ended;
    throw error;
  }
}

/** Milliseconds in which a QEMU that closes a connection, or says that its machine has ended, ends itself. */
const END_MS = 1500;

/** A connection that breaks is only the sign: why QEMU ended is the reason, if it does. */
async function orEnded<T>(
  qemu: QemuProcess,
  phase: Phase,
  work: Promise<T>,
  console: () => string[] = () => [],
): Promise<T> {
  const over = qemu.ended.then((complaint): never => {
    throw endedEarly(qemu, phase, complaint, console());
  });
  over.catch(() => {});
  try {
    return await inPhase(phase, Promise.race([work, over]));
  } catch (error) {
    if (!(error instanceof RebootError && isSignOfEnd(error.cause))) throw error;
    const stop = new AbortController();
    try {
      await Promise.race([over, sleep(END_MS, undefined, { signal: stop.signal })]);
    } finally {
      stop.abort();
    }
    throw error;
  }
}

const isSignOfEnd = (cause: unknown): boolean =>
  cause instanceof QemuError && (cause.code === 'ENOTCONN' || cause.code === 'EIO');
