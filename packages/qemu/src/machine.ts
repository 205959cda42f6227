import {
  type Arrival,
  digestPages,
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
import { duringOnQemu } from './on-qemu.ts';
import { checkOptions, limitOf, type QemuOptions } from './options.ts';
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

  /** @throws RebootError in phase `describe`; `ECANCELED` for the signal, `ETIMEDOUT` where QEMU does not answer. */
  async describe({ signal }: Watch = {}): Promise<Reality> {
    const describing = (inner: AbortSignal): Promise<Reality> => describeMachine(this.#options, inner);
    return await duringOnQemu(phases.describe, silent(signal), describing, {
      limit: limitOf(this.#options, phases.describe),
    });
  }

  /**
   * Writes the memory image, and starts QEMU stopped with its PC at the routine: the commit only lets it go.
   *
   * @throws RebootError in phase `stage`; `ECANCELED` for the signal, `ETIMEDOUT` where QEMU does not answer.
   */
  async stage(reboot: LoadedReboot, { signal }: Watch = {}): Promise<Staged<Arrival>> {
    this.#staging.refuseIfTaken();
    return await duringOnQemu(phases.stage, silent(signal), (inner) => this.#stage(reboot, inner), {
      limit: limitOf(this.#options, phases.stage),
      late: (staged) => staged.discard(),
    });
  }

  async #stage(reboot: LoadedReboot, signal: AbortSignal): Promise<Staged<Arrival>> {
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
    try {
      const session = new Session(machine, reboot, this.#options);
      await machine.during(phases.stage, signal, session.setBreakpoints());
      return this.#staging.hold(reboot.plan, {
        digest: async () => digestPages(reboot.image, (pfn) => machine.ram.readNow(addressOf(pfn), PAGE_SIZE)),
        discard: () => machine.end(),
        commit: (watch) => session.follow(watch),
      });
    } catch (error) {
      await machine.end();
      throw error;
    }
  }

  async staged(): Promise<Staged<Arrival> | undefined> {
    return this.#staging.current;
  }
}

/** Watched by the signal alone: who calls the machine has announced the phase. */
const silent = (signal: AbortSignal | undefined): Watch => (signal === undefined ? {} : { signal });
