import {
  type Arrival,
  entryState,
  type LoadedReboot,
  type Machine,
  phases,
  type Reality,
  type Staged,
  Staging,
  type Watch,
} from '@kexeckit/reboot';
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

  async describe({ signal }: Watch = {}): Promise<Reality> {
    return await describeMachine(this.#options, signal);
  }

  /** Writes the memory image, and starts QEMU stopped with its PC at the routine: the commit only lets it go. */
  async stage(reboot: LoadedReboot, { signal }: Watch = {}): Promise<Staged<Arrival>> {
    this.#staging.refuseIfTaken();
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
    const session = new Session(machine, reboot, this.#options);
    try {
      await session.setBreakpoints();
      signal?.throwIfAborted();
      return this.#staging.hold(reboot.plan, {
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
