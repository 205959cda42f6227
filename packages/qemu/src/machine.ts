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
import { Deadline } from './limits.ts';
import { duringOnQemu } from './on-qemu.ts';
import { checkOptions, type QemuOptions, timeoutOf } from './options.ts';
import { pageOf } from './ram.ts';
import { Session } from './session.ts';
import { startStopped } from './stopped.ts';

/** A QEMU virt machine that stands in the state right before the old kernel's last jump. */
export class QemuMachine implements Machine<Arrival> {
  readonly name = 'qemu';
  readonly rehearses = false;
  readonly #options: QemuOptions;
  readonly #staging = new Staging<Arrival>();
  /** The whole run's, from the reboot's first question to its end. Undefined where nobody has said that one begins. */
  #run: { readonly deadline: Deadline; isDescribed: boolean } | undefined;

  /** @throws RebootError `EINVAL` in phase `describe` for options that no machine has. */
  constructor(options: QemuOptions) {
    checkOptions(options);
    this.#options = options;
  }

  /** A reboot begins: from now on it has the time that a run has. @throws RebootError `EBUSY` while something is staged. */
  async refuseEarly(): Promise<void> {
    this.#staging.refuseIfTaken();
    this.#run = { deadline: this.#newDeadline(), isDescribed: false };
  }

  /** @throws RebootError in phase `describe`; `ECANCELED` for the signal, `ETIMEDOUT` where QEMU does not answer. */
  async describe({ signal }: Watch = {}): Promise<Reality> {
    const describing = (inner: AbortSignal): Promise<Reality> => describeMachine(this.#options, inner);
    // Whoever asks once more, with nothing staged, asks for something else than the run that was described before.
    if (this.#run?.isDescribed && this.#staging.current === undefined) this.#run = undefined;
    if (this.#run !== undefined) this.#run.isDescribed = true;
    return await duringOnQemu(phases.describe, silent(signal), describing, { deadline: this.#deadline() });
  }

  /**
   * Writes the memory image, and starts QEMU stopped with its PC at the routine: the commit only lets it go.
   *
   * @throws RebootError in phase `stage`; `ECANCELED` for the signal, `ETIMEDOUT` where QEMU does not answer.
   */
  async stage(reboot: LoadedReboot, { signal }: Watch = {}): Promise<Staged<Arrival>> {
    this.#staging.refuseIfTaken();
    return await duringOnQemu(phases.stage, silent(signal), (inner) => this.#stage(reboot, inner), {
      deadline: this.#deadline(),
      late: (staged) => staged.discard(),
    });
  }

  /** The run's, or that of what is asked now alone. */
  #deadline(): Deadline {
    return this.#run?.deadline ?? this.#newDeadline();
  }

  #newDeadline(): Deadline {
    return Deadline.of({ timeoutMs: timeoutOf(this.#options) });
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
        digest: async () => {
          await machine.refuseIfOver(phases.stage);
          return await digestPages(reboot.image, (pfn) => machine.ram.readNow(addressOf(pfn), PAGE_SIZE));
        },
        discard: async () => {
          await machine.end();
          this.#run = undefined;
        },
        commit: (watch) => {
          const deadline = this.#deadline();
          this.#run = undefined;
          return session.follow(watch, deadline);
        },
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
