import {
  type Arrival,
  type ArrivalProbe,
  checkArrival,
  digestMismatch,
  type JumpState,
  type LoadedReboot,
  type NextKernel,
  type Phase,
  type PhaseTime,
  phases,
  RebootError,
  type Watch,
} from '@kexeckit/reboot';
import { GuardedWatch } from './guarded-watch.ts';
import { keepRunning } from './keep-running.ts';
import type { Deadline } from './limits.ts';
import { duringOnQemu } from './on-qemu.ts';
import { type QemuOptions, userSpaceMark } from './options.ts';
import { QemuConsole } from './qemu-console.ts';
import type { StoppedMachine } from './stopped.ts';

/** Of the time that is left: what a machine which did not end in time may take to say where it is, in milliseconds. */
const patienceOf = (milliseconds: number): number => Math.min(2000, milliseconds / 4);

/** Seconds to the jump, and what was read back there. */
interface Relocated {
  readonly relocation: number;
  readonly destinations: Arrival['destinations'];
}

/** Seconds to the mark, and what was there. */
interface Started {
  readonly seconds: number;
  readonly nextKernel: NextKernel;
}

/** One run of one plan, from the first instruction of its stage to the mark on the next kernel's console. */
export class Session {
  readonly #machine: StoppedMachine;
  readonly #reboot: LoadedReboot;
  readonly #options: QemuOptions;
  readonly #console: QemuConsole;

  constructor(machine: StoppedMachine, reboot: LoadedReboot, options: QemuOptions) {
    this.#machine = machine;
    this.#console = new QemuConsole(machine.qemu);
    this.#reboot = reboot;
    this.#options = options;
  }

  /** At the jump, and where the routine stops if a digest is wrong. */
  async setBreakpoints(): Promise<void> {
    const { jump, halt } = this.#reboot.plan.stage;
    const { gdb } = this.#machine;
    await gdb.setBreakpoint(jump);
    if (halt !== undefined) await gdb.setBreakpoint(halt);
  }

  /**
   * Lets the routine run to its jump, checks the arrival, and follows the new kernel to the mark, if asked to.
   *
   * @throws RebootError in the phase that failed, or what the watcher throws, once QEMU has ended.
   */
  async follow(watch: Watch, deadline: Deadline): Promise<Arrival> {
    return await GuardedWatch.guard(watch, async (guarded) => {
      try {
        const arrival = await this.#follow(guarded, deadline);
        if (this.#options.until !== 'jump')
          await keepRunning(this.#options.keep, this.#machine.qemu, guarded, () => this.#machine.end(), arrival);
        return arrival;
      } finally {
        await this.#machine.end();
      }
    });
  }

  async #follow(watch: Watch, deadline: Deadline): Promise<Arrival> {
    this.#console.follow(watch);
    const { stage } = this.#reboot.plan;
    const { relocation, destinations } = await this.#during(phases.relocation, watch, deadline, () =>
      this.#relocate(deadline),
    );
    const breadcrumbs = this.#console.text();
    const stopsHere = this.#options.until === 'jump';
    const started = stopsHere
      ? undefined
      : await this.#during(phases.startup, watch, deadline, (signal) => this.#startKernel(signal, deadline));
    return {
      kind: 'arrival',
      timeline: {
        label: stage.strategy,
        strategy: stage.strategy,
        phases: [
          { phase: phases.shutdown.name, basis: 'skipped', seconds: 0, remark: 'no old kernel' },
          { phase: phases.relocation.name, basis: 'measured', seconds: relocation, remark: 'emulated' },
          {
            phase: phases.checksum.name,
            basis: 'skipped',
            seconds: 0,
            remark: stage.halt === undefined ? 'not asked for' : 'within relocation',
          },
          startupTime(started?.seconds),
        ],
      },
      destinations,
      figures: [],
      breadcrumbs,
      jump: stage.jump,
      nextKernel: started?.nextKernel,
    };
  }

  /** Work of a phase, in what is left of the time that all of them have. */
  async #during<T>(
    phase: Phase,
    watch: Watch,
    deadline: Deadline,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const console = (): string[] => this.#console.tail();
    const working = (signal: AbortSignal): Promise<T> => this.#machine.during(phase, signal, work(signal), console);
    return await duringOnQemu(phase, watch, working, { deadline });
  }

  async #relocate(deadline: Deadline): Promise<Relocated> {
    const relocation = await this.#runToJump(deadline);
    const destinations = await checkArrival(this.#probe(), this.#reboot);
    return { relocation, destinations };
  }

  /** Seconds to the jump. */
  async #runToJump(deadline: Deadline): Promise<number> {
    const { jump, halt } = this.#reboot.plan.stage;
    const { gdb } = this.#machine;
    const began = performance.now();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      gdb.interrupt();
    }, deadline.left() - patienceOf(deadline.left()));
    try {
      await gdb.continueToStop();
    } finally {
      clearTimeout(timer);
    }
    const seconds = (performance.now() - began) / 1000;
    const { pc } = await gdb.registers();
    if (pc === halt) throw digestMismatch(this.#console.tail());
    if (pc !== jump || late) throw this.#lost(pc);
    await gdb.clearBreakpoint(jump);
    if (halt !== undefined) await gdb.clearBreakpoint(halt);
    return seconds;
  }

  #lost(pc: bigint): RebootError {
    return new RebootError(
      'ETIMEDOUT',
      `the relocation did not reach its jump; the CPU is at 0x${pc.toString(16)}`,
      pc < 0x1000n
        ? 'an exception was taken, and no vectors were set up'
        : 'it is still in the routine: give it more time (--timeout); where that does not help, the routine does not end',
      { phase: phases.relocation, complaint: 'never ends', console: this.#console.tail() },
    );
  }

  /** QEMU has no model of caches: registers and memory are what it can show. */
  #probe(): ArrivalProbe {
    const { gdb, ram } = this.#machine;
    return {
      state: async (): Promise<JumpState> => {
        const { x } = await gdb.registers();
        const pstate = await gdb.register('cpsr');
        const exceptionLevel = Number((pstate >> 2n) & 3n);
        // QEMU calls EL1's register by its AArch32 name.
        const sctlr = await gdb.register(exceptionLevel === 2 ? 'sctlr_el2' : 'sctlr');
        return {
          x: x.slice(0, 4),
          exceptionLevel,
          mmu: (sctlr & 1n) !== 0n,
          dataCache: (sctlr & 4n) !== 0n,
          daif: Number((pstate >> 6n) & 0xfn),
        };
      },
      read: ({ mem, memsz }) => ram.read(mem, Number(memsz)),
      step: async () => {
        await gdb.step();
        return (await gdb.registers()).pc;
      },
    };
  }

  async #startKernel(signal: AbortSignal, deadline: Deadline): Promise<Started> {
    const mark = this.#options.expect ?? userSpaceMark;
    const began = performance.now();
    await this.#machine.gdb.detach();
    const nextKernel = await this.#console.kernelAt(mark, deadline, signal);
    return { seconds: (performance.now() - began) / 1000, nextKernel };
  }
}

function startupTime(seconds: number | undefined): PhaseTime {
  const phase = phases.startup.name;
  if (seconds === undefined) return { phase, basis: 'skipped', seconds: 0, remark: 'stopped at the jump' };
  return { phase, basis: 'measured', seconds, remark: 'emulated' };
}
