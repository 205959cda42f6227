import type { Phase } from '@kexeckit/reboot';
import { QemuError } from './error.ts';
import { GdbClient } from './gdb.ts';
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
  #isOver = false;

  constructor(ram: Ram, qemu: QemuProcess, qmp: QmpClient, gdb: GdbClient) {
    this.ram = ram;
    this.qemu = qemu;
    this.qmp = qmp;
    this.gdb = gdb;
  }

  /** Ends QEMU, whatever state it is in, and gives its memory back. */
  async end(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.gdb.close();
    this.qmp.close();
    await endQemu(this.qemu, this.ram);
  }

  /**
   * Waits for work, but not beyond the end of QEMU.
   *
   * @throws RebootError `EIO` in the phase with what QEMU said when it ended.
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
  const ram = await Ram.make(RAM_BASE, options.memory);
  try {
    await start.prepare?.(ram);
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

async function endQemu(qemu: QemuProcess, ram: Ram): Promise<void> {
  qemu.kill();
  await qemu.ended;
  await ram.close();
}

/** A connection that breaks is only the sign: why QEMU ended is the reason. */
async function orEnded<T>(qemu: QemuProcess, phase: Phase, work: Promise<T>): Promise<T> {
  const over = qemu.ended.then((complaint): never => {
    throw endedEarly(phase, complaint, []);
  });
  over.catch(() => {});
  try {
    return await Promise.race([work, over]);
  } catch (error) {
    if (!(error instanceof QemuError && error.code === 'ENOTCONN')) throw error;
    qemu.kill();
    return await over;
  }
}
