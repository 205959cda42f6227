import type { Machine as StrictMachine } from '@kexeckit/arm64-machine';
import { kernelRelease } from '@kexeckit/boot-image';
import type { MachineProfile } from '@kexeckit/cost';
import { copyTree, parseIomem, systemRam } from '@kexeckit/ioport';
import { RebootError } from '../error.ts';
import { checkArrival } from '../machine/arrival.ts';
import type { LoadedReboot, Machine, Staged } from '../machine/machine.ts';
import { digestPages } from '../machine/page-digest.ts';
import type { Arrival } from '../machine/report.ts';
import { Staging } from '../machine/staging.ts';
import { phases } from '../phases.ts';
import { minimalDeviceTree } from '../plan/device-tree.ts';
import { type Reality, realityOf } from '../reality/reality.ts';
import { during } from '../road/during.ts';
import { figuresOf, timelineOf } from '../strict/report.ts';
import { probeOf, runToJump } from '../strict/run.ts';
import { StrictRun } from '../strict/strict-run.ts';
import type { Watch } from '../watch.ts';
import { consoleBeside } from './console.ts';
import { strictFeatures } from './features.ts';
import { nextKernelMap } from './next-kernel.ts';
import { checkOptions, type SimulatedOptions } from './options.ts';
import { profileFor } from './profile.ts';
import { stingrayIomem } from './stingray.ts';

/** The strict machine behind the `Machine` contract: it executes the routine's words, and forgives nothing. */
export class SimulatedMachine implements Machine<Arrival> {
  readonly name = 'simulated';
  /** Its commit is the same run. */
  readonly rehearses = false;
  readonly #options: SimulatedOptions;
  readonly #reality: Reality;
  readonly #profile: MachineProfile | undefined;
  readonly #staging = new Staging<Arrival>();
  /** The last reboot that arrived. */
  #arrived: LoadedReboot | undefined;

  /** @throws RebootError `EINVAL` in phase `describe` for options that no machine has. */
  constructor(options: SimulatedOptions = {}) {
    checkOptions(options);
    const memory = options.memory ?? parseIomem(stingrayIomem);
    const cpus = options.cpus ?? 8;
    const features = strictFeatures(options.cpu ?? {});
    this.#options = options;
    this.#profile = profileFor(memory, options);
    this.#reality = realityOf({
      name: this.name,
      memory,
      cpus,
      features,
      exceptionLevel: options.exceptionLevel ?? 2,
      vhe: options.vhe ?? false,
      softRestart: options.softRestart ?? false,
      console: consoleBeside(memory, features.paBits),
      dtb: options.dtb ?? minimalDeviceTree(systemRam(memory), cpus),
      canReserve: options.canReserve ?? true,
      osrelease: options.osrelease,
      lowLimit: options.lowLimit,
    });
  }

  /** A simulated machine with the memory, the levels and the device tree of another one. */
  static like(reality: Reality, adversary?: number): SimulatedMachine {
    const { memory, dtb, exceptionLevel, vhe, softRestart, cpus, canReserve, osrelease, lowLimit } = reality;
    return new SimulatedMachine({
      ...{ memory, dtb, exceptionLevel, vhe, softRestart, cpus, canReserve },
      ...(osrelease !== undefined && { osrelease }),
      ...(lowLimit !== undefined && { lowLimit }),
      ...(adversary !== undefined && { adversary }),
    });
  }

  async describe(): Promise<Reality> {
    const { memory, dtb } = this.#reality;
    return { ...this.#reality, memory: copyTree(memory), dtb: new Uint8Array(dtb) };
  }

  /** @throws RebootError `EINVAL` in phase `stage` for a plan that was made for a machine in another state. */
  async stage(reboot: LoadedReboot): Promise<Staged<Arrival>> {
    this.#staging.refuseIfTaken();
    const { machine } = this.strictRun(reboot);
    return this.#staging.hold(reboot.plan, {
      digest: () => digestPages(reboot.image, (pfn) => machine.memory.frame(pfn)?.coherentBytes()),
      discard: async () => {},
      commit: (watch) => this.#run(machine, reboot, watch),
    });
  }

  /**
   * A run of what was loaded, right before the old kernel's last jump, as a commit would begin it; nothing is staged by it.
   *
   * @throws RebootError `EINVAL` in phase `stage` for a plan that was made for a machine in another state.
   */
  strictRun(reboot: LoadedReboot): StrictRun {
    return new StrictRun(reboot, this.#reality, this.#options);
  }

  async staged(): Promise<Staged<Arrival> | undefined> {
    return this.#staging.current;
  }

  async #run(machine: StrictMachine, reboot: LoadedReboot, watch: Watch): Promise<Arrival> {
    const { stage } = reboot.plan;
    return await during(phases.relocation, watch, async (inner) => {
      await runToJump(machine, stage, inner);
      const destinations = await checkArrival(probeOf(machine, stage), reboot);
      // A run that was stopped has not arrived.
      inner.signal?.throwIfAborted();
      this.#arrived = reboot;
      return {
        kind: 'arrival',
        timeline: timelineOf(stage, machine.cpu.counters, this.#reality.features, this.#profile),
        destinations,
        figures: figuresOf(machine, stage),
        breadcrumbs: machine.console?.text ?? '',
        jump: stage.jump,
        nextKernel: undefined,
      };
    });
  }

  /**
   * The machine as the kernel sees it that the last reboot has started: where it lives, and what it has reserved. Whether
   * a kernel starts up is not modelled, only what it finds.
   *
   * @throws RebootError `ENOENT` where nothing has arrived.
   */
  booted(): SimulatedMachine {
    if (this.#arrived === undefined)
      throw new RebootError('ENOENT', 'no kernel was rebooted into', 'run a reboot first', { phase: phases.describe });
    const { plan, contents } = this.#arrived;
    const { memory, lowLimit, osrelease } = this.#reality;
    // An image that does not say what it is, is taken for one like the running kernel's.
    const release = kernelRelease(contents.get('kernel') ?? new Uint8Array()) ?? osrelease;
    return new SimulatedMachine({
      ...this.#options,
      ...(this.#profile && { profile: this.#profile }),
      ...(release !== undefined && { osrelease: release }),
      memory: nextKernelMap(memory, plan, { release, lowLimit }),
      dtb: contents.get('dtb') ?? this.#reality.dtb,
      canReserve: false,
    });
  }
}
