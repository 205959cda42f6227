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
  readonly signal: AbortSignal | undefined;
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

  async #end(): Promise<void> {
    this.gdb.close();
    this.qmp.close();
    this.qemu.kill();
    await this.qemu.ended;
    await this.ram.close();
  }

  /**
   * Waits for work, but not beyond the end of QEMU.
   *
   * @throws RebootError `EIO` in the phase with what QEMU said when it ended, or for an answer that makes no sense.
   */
  async orEnded<T>(phase: Phase, work: Promise<T>): Promise<T> {
    return await orEnded(this.qemu, phase, work);
  }
}

/**
 * Starts the machine that the options describe, stopped before its first instruction.
 *
 * @throws RebootError in the phase, `ENOENT` where QEMU is not installed, `EIO` where it ends by itself; the signal's reason.
 */
export async function startStopped(options: QemuOptions, phase: Phase, start: StartOptions): Promise<StoppedMachine> {
  const { signal } = start;
  signal?.throwIfAborted();
  const ram = await inPhase(phase, Ram.make(RAM_BASE, options.memory));
  try {
    if (start.prepare !== undefined) await inPhase(phase, start.prepare(ram));
    signal?.throwIfAborted();
    const loader = start.pc === undefined ? [] : ['-device', `loader,addr=0x${start.pc.toString(16)},cpu-num=0`];
    const args = [
      ...machineArguments(options, ',memory-backend=ram'),
      ...ramArguments(options.memory),
      ...loader,
      ...gdbArguments,
      ...qmpArguments,
      ...['-serial', 'stdio', '-no-reboot', '-S'],
    ];
    const qemu = await startQemu(binaryOf(options), args, ram, phase);
    return await connect(ram, qemu, phase, signal);
  } catch (error) {
    await ram.close();
    throw error;
  }
}

async function connect(
  ram: Ram,
  qemu: QemuProcess,
  phase: Phase,
  signal: AbortSignal | undefined,
): Promise<StoppedMachine> {
  const stop = (): void => qemu.kill();
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    const [qmp, gdb] = await orEnded(qemu, phase, Promise.all([QmpClient.over(qemu.qmp), GdbClient.over(qemu.gdb)]));
    return new StoppedMachine(ram, qemu, qmp, gdb);
  } catch (error) {
    qemu.kill();
    await qemu.ended;
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** A connection that breaks is only the sign: why QEMU ended is the reason. */
async function orEnded<T>(qemu: QemuProcess, phase: Phase, work: Promise<T>): Promise<T> {
  const over = qemu.ended.then((complaint): never => {
    throw endedEarly(qemu, phase, complaint, []);
  });
  over.catch(() => {});
  try {
    return await inPhase(phase, Promise.race([work, over]));
  } catch (error) {
    if (!(error instanceof RebootError && isLostConnection(error.cause))) throw error;
    qemu.kill();
    return await over;
  }
}

const isLostConnection = (cause: unknown): boolean => cause instanceof QemuError && cause.code === 'ENOTCONN';
