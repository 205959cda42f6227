import { Machine, type MachineSnapshot } from '@kexeckit/arm64-machine';
import { systemRam } from '@kexeckit/ioport';
import { checkLoadable } from '@kexeckit/relocation';
import { checkArrival } from '../machine/arrival.ts';
import { entryState } from '../machine/entry-state.ts';
import { refuseForeign } from '../machine/foreign.ts';
import type { LoadedReboot } from '../machine/machine.ts';
import type { ReadBack } from '../machine/report.ts';
import type { Reality } from '../reality/reality.ts';
import type { SimulatedOptions } from '../simulated/options.ts';
import { BlockRunner } from './block-runner.ts';
import { leaveOldKernelBehind, prepareMachine } from './old-kernel.ts';
import { generousLimit, probeOf } from './run.ts';

/**
 * Why a run came back: it has done so many steps; it stands at the jump to the next kernel, where a digest was wrong, or at
 * another breakpoint; or it does nothing any more.
 */
export type StrictStop = 'step' | 'jump' | 'halt' | 'breakpoint' | 'stuck';

/**
 * A loaded reboot on the strict machine, right before the old kernel's last jump: what the simulated machine commits, for someone who
 * goes through it step by step, and back with `machine.snapshot()`. A step is one instruction; the first is number 0.
 */
export class StrictRun {
  readonly machine: Machine;
  /** A routine that takes more steps than this is lost. */
  readonly limit: number;
  readonly #loaded: LoadedReboot;
  readonly #blocks: BlockRunner | undefined;

  /**
   * @throws RebootError `EINVAL` in phase `stage` for a plan that was made for a machine in another state; RelocationError for one that
   *   cannot be loaded.
   */
  constructor(
    loaded: LoadedReboot,
    reality: Reality,
    { adversary, cpu }: Pick<SimulatedOptions, 'adversary' | 'cpu'> = {},
  ) {
    const { stage } = loaded.plan;
    checkLoadable(stage);
    refuseForeign(stage, reality);
    const entry = entryState(stage);
    this.#loaded = loaded;
    this.machine = new Machine({
      ram: systemRam(reality.memory),
      exceptionLevel: entry.startLevel,
      ...(cpu && { cpu }),
      ...(reality.console && { console: reality.console.address }),
      ...(adversary !== undefined && { seed: adversary }),
    });
    this.limit = generousLimit(this.machine, stage);
    prepareMachine(this.machine, loaded, entry);
    leaveOldKernelBehind(this.machine, stage);
    this.machine.cpu.breakAt(stage.jump);
    if (stage.halt !== undefined) this.machine.cpu.breakAt(stage.halt);
    // An adversary acts between any two instructions.
    this.#blocks = adversary === undefined ? BlockRunner.of(this.machine, stage, loaded.notes) : undefined;
  }

  /** How many steps are done. */
  get step(): number {
    return this.machine.cpu.counters.instructions;
  }

  /**
   * Goes on until so many steps are done since the beginning.
   *
   * @throws MachineFault for what the routine did wrong.
   */
  runTo(step: number): StrictStop {
    const blocks = this.#blocks?.begin(step - this.step);
    try {
      while (this.step < step) {
        const before = this.step;
        const { reason } = this.machine.run(step - before);
        if (reason === 'breakpoint') {
          if (blocks?.isThere !== true) return this.#breakpoint();
          blocks.run(step - this.step);
        } else if (this.step === before) return 'stuck';
      }
      return 'step';
    } finally {
      blocks?.end();
    }
  }

  #breakpoint(): StrictStop {
    const { jump, halt } = this.#loaded.plan.stage;
    const { pc } = this.machine.cpu;
    return pc === jump ? 'jump' : pc === halt ? 'halt' : 'breakpoint';
  }

  /**
   * Checks the arrival where the run stands at the jump: all that `checkArrival` checks. The machine is left as it is.
   *
   * @throws RebootError in phase `relocation`, with what is wrong as its `complaint`.
   */
  async arrive(): Promise<readonly ReadBack[]> {
    const { machine } = this;
    const { stage } = this.#loaded.plan;
    const before: MachineSnapshot = machine.snapshot();
    try {
      return await checkArrival(probeOf(machine, stage), this.#loaded);
    } finally {
      machine.restore(before);
      machine.cpu.breakAt(stage.jump);
    }
  }
}
