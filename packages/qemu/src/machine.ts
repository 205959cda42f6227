import {
  type Arrival,
  digestPages,
  during,
  entryState,
  type LoadedReboot,
  type Machine,
  phases,
  type Reality,
  type Staged,
  Staging,
  type Watch,
} from '@kexeckit/reboot';
import { addressOf, PAGE_SIZE } from '@kexeckit/relocation';
import { describeMachine } from './describe.ts';
import { emitLauncher, LAUNCHER } from './launcher.ts';
import { checkOptions, type QemuOptions } from './options.ts';
import { pageOf } from './ram.ts';
import { Session } from './session.ts';
import { startStopped } from './stopped.ts';

/** A QEMU virt machine that stands in the state right before the old kernel's last jump. */
export class QemuMachine implements Machine<Arrival> {
  readonly name = 'qemu';
  readonly rehearses = false;
  readonly #options: QemuOptions;
  readonly #staging = new Staging<Arrival>();

  /** @throws RebootError `EINVAL` in phase `describe` for options that no machine has. */
  constructor(options: QemuOptions) {
    checkOptions(options);
    this.#options = options;
  }

  /** @throws RebootError in phase `describe`; `ECANCELED` for the signal, `ETIMEDOUT` where QEMU says nothing. */
  async describe({ signal }: Watch = {}): Promise<Reality> {
    return await during(phases.describe, silent(signal), (inner) => describeMachine(this.#options, inner.signal));
  }

  /**
   * Writes the memory image, and starts QEMU stopped with its PC at the routine: the commit only lets it go.
   *
   * @throws RebootError in phase `stage`; `ECANCELED` for the signal, `ETIMEDOUT` where QEMU says nothing.
   */
  async stage(reboot: LoadedReboot, { signal }: Watch = {}): Promise<Staged<Arrival>> {
    this.#staging.refuseIfTaken();
    return await during(phases.stage, silent(signal), (inner) => this.#stage(reboot, inner.signal), {
      late: (staged) => staged.discard(),
    });
  }

  async #stage(reboot: LoadedReboot, signal: AbortSignal | undefined): Promise<Staged<Arrival>> {
    const entry = entryState(reboot.plan.stage);
    const launcher = emitLauncher(entry);
    const machine = await startStopped(this.#options, phases.stage, {
      signal,
      pc: launcher === undefined ? entry.pc : LAUNCHER,
      prepare: async (ram) => {
        await ram.writeImage(reboot.image);
        if (launcher !== undefined) await ram.write(LAUNCHER, pageOf(launcher));
      },
    });
    const stop = (): void => void machine.end();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const session = new Session(machine, reboot, this.#options);
      await session.setBreakpoints();
      signal?.throwIfAborted();
      return this.#staging.hold(reboot.plan, {
        digest: async () => digestPages(reboot.image, (pfn) => machine.ram.readNow(addressOf(pfn), PAGE_SIZE)),
        discard: () => machine.end(),
        commit: (watch) => session.follow(watch),
      });
    } catch (error) {
      await machine.end();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  async staged(): Promise<Staged<Arrival> | undefined> {
    return this.#staging.current;
  }
}

/** Watched by the signal alone: who calls the machine has announced the phase. */
const silent = (signal: AbortSignal | undefined): Watch => (signal === undefined ? {} : { signal });
