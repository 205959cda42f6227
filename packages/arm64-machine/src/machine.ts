import { type Adversary, newAdversary } from './adversary.ts';
import { Cpu, type CpuSnapshot, type StopReason } from './cpu.ts';
import type { CpuEvent } from './cpu-event.ts';
import { type CpuModel, checkLine } from './cpu-model.ts';
import { MachineError } from './error.ts';
import type { InterruptArrivals } from './interrupts.ts';
import { checkLimit } from './limit.ts';
import { type MemorySnapshot, PhysicalMemory, type PhysicalRange } from './memory.ts';
import { type ConsoleFlags, Pl011 } from './pl011.ts';
import { answerPsci, isPsciCall, NOT_SUPPORTED, type PowerState } from './psci.ts';
import { FRAME_WORDS } from './sizes.ts';
import type { ExceptionLevel } from './system.ts';

/** What a machine is made of. */
export interface MachineOptions {
  readonly ram: readonly PhysicalRange[];
  /** 1 by default. The first is on at the start, the others are turned on by PSCI. */
  readonly cpus?: number;
  /** Where CPUs start; with 2 there is an EL2. 1 by default. */
  readonly exceptionLevel?: ExceptionLevel;
  /** What its CPUs have and lack; by default all that the machine models, and cache lines of 64 bytes. */
  readonly cpu?: CpuModel;
  /** Exceptions that become pending on the first CPU, each after so many of its instructions, and stay so. None by default. */
  readonly interrupts?: InterruptArrivals;
  /** Physical address of a PL011 console; none by default. */
  readonly console?: bigint;
  /** What its flag register says of its input: by default that nobody is there. */
  readonly consoleFlags?: ConsoleFlags;
  /** Caches, stale state and rules; yes by default. Without, memory is one coherent whole. */
  readonly strict?: boolean;
  /** Makes an adversary do at random moments what hardware may do at any: write lines back, lose and load them. */
  readonly seed?: number;
  readonly onEvent?: (event: CpuEvent) => void;
}

/** Why `run` came back, and on which CPU. */
export interface MachineStop {
  readonly reason: 'breakpoint' | 'limit' | 'idle' | 'off' | 'reset';
  readonly cpu: number;
}

/** A state to go back to. */
export interface MachineSnapshot {
  readonly memory: MemorySnapshot;
  readonly cpus: readonly CpuSnapshot[];
  readonly devices: readonly string[];
  readonly power: PowerState;
  /** The CPU whose turn it is, what is left of that, and the adversary's state. */
  readonly turn: number;
  readonly turnLeft: number;
  readonly adversary: number | undefined;
}

/** Instructions that a CPU executes before the next one's turn. */
const TURN = 1000;

/**
 * Memory, devices and CPUs that share it, firmware that answers PSCI, and, if asked for, an adversary. The CPUs take
 * turns, so that the same program runs the same way every time, in whatever pieces it is run.
 */
export class Machine {
  readonly memory: PhysicalMemory;
  readonly cpus: readonly Cpu[];
  readonly console: Pl011 | undefined;
  readonly #adversary: Adversary | undefined;
  #power: PowerState = 'on';
  #turn = 0;
  /** Instructions until it is the next CPU's turn; 0 where a turn has not begun. */
  #turnLeft = 0;

  constructor(options: MachineOptions) {
    const { ram, cpus = 1, exceptionLevel = 1, strict = true, seed, onEvent, cpu: model = {} } = options;
    for (const line of [model.dataLine, model.instructionLine]) if (line !== undefined) checkLine(line);
    this.memory = new PhysicalMemory(ram, model.dataLine);
    this.console = options.console === undefined ? undefined : new Pl011(options.consoleFlags);
    if (this.console && options.console !== undefined) this.memory.attach(options.console, this.console);
    // PSCI is called by HVC where there is no EL2 for it, else by SMC (Documentation/devicetree/bindings/arm/psci).
    const conduit = exceptionLevel === 1 ? 'hvc' : 'smc';
    const firmware = (cpu: Cpu, by: 'hvc' | 'smc'): boolean => {
      if (by !== conduit) return false;
      // It answers every call (SMC Calling Convention, Arm DEN 0028): what it does not know is not supported.
      if (!isPsciCall(cpu)) {
        cpu.registers.set(0, NOT_SUPPORTED);
        return true;
      }
      this.#power = answerPsci(cpu, this.cpus) ?? this.#power;
      return true;
    };
    this.cpus = Array.from(
      { length: cpus },
      (_, index) =>
        new Cpu(this.memory, exceptionLevel, {
          ...{ strict, index, firmware, model },
          ...(index === 0 && options.interrupts && { interrupts: options.interrupts }),
          ...(onEvent && { onEvent }),
        }),
    );
    Cpu.join(this.cpus);
    for (const cpu of this.cpus.slice(1)) cpu.off = true;
    this.#adversary = seed === undefined ? undefined : newAdversary(seed, this.memory, this.cpus);
  }

  /** The first CPU. */
  get cpu(): Cpu {
    const [first] = this.cpus;
    if (first === undefined) throw new MachineError('EINVAL', 'the machine has no CPU', 'make it with one CPU or more');
    return first;
  }

  /**
   * Puts words, or whole words as bytes, into memory, at the point of coherency, as a loader does that cleans them.
   *
   * @throws MachineError `ENXIO` where there is no RAM, `EINVAL` for bytes that are not whole words, and an address that is not a word's.
   */
  load(address: bigint, content: Uint32Array | Uint8Array): void {
    const words = wordsOf(address, content);
    let pfn = Number(address >> 12n);
    let at = Number((address & 0xfffn) >> 2n);
    for (const word of words) {
      const frame = this.memory.frame(pfn);
      if (frame === undefined) throw noRam(BigInt(pfn) << 12n);
      this.memory.use(frame);
      frame.memory[at] = word;
      at += 1;
      if (at === FRAME_WORDS) {
        at = 0;
        pfn += 1;
      }
    }
  }

  /**
   * Lets the CPUs take turns until one meets a breakpoint, all are off or wait, or so many instructions have retired.
   *
   * @throws MachineFault for what a program did wrong, MachineError `EINVAL` for a limit that is not a number.
   */
  run(limit: number): MachineStop {
    checkLimit(limit);
    let left = limit;
    let idle = 0;
    while (left > 0) {
      if (this.#power !== 'on') return { reason: this.#power, cpu: this.#turn };
      const cpu = this.cpus[this.#turn];
      if (cpu === undefined) break;
      const before = cpu.counters.instructions;
      if (this.#turnLeft === 0) this.#turnLeft = this.#adversary?.interval() ?? TURN;
      const part = Math.min(left, this.#turnLeft);
      const reason = cpu.run(part);
      const done = cpu.counters.instructions - before;
      // A turn that took exceptions only is spent too, so that every run ends.
      const spent = reason === 'limit' ? part : done;
      left -= spent;
      this.#turnLeft -= spent;
      if (reason === 'breakpoint') return { reason, cpu: this.#turn };
      // The turn goes on in the next run.
      if (reason === 'limit' && this.#turnLeft > 0) break;
      this.#turnLeft = 0;
      this.#adversary?.act(cpu);
      // A CPU that only waits gives its turn away; when all do, nothing will ever happen.
      idle = isIdle(reason, done) ? idle + 1 : 0;
      if (idle >= this.cpus.length) return this.#allIdle();
      // Another CPU may store now: a lost monitor costs a retry, a kept one could be wrong.
      if (this.cpus.length > 1) cpu.exclusive.clear();
      this.#turn = (this.#turn + 1) % this.cpus.length;
    }
    return { reason: 'limit', cpu: this.#turn };
  }

  /** Executes one instruction of a CPU. */
  step(cpu: Cpu = this.cpu): StopReason {
    return cpu.run(1);
  }

  #allIdle(): MachineStop {
    return { reason: this.cpus.every(({ off }) => off) ? 'off' : 'idle', cpu: this.#turn };
  }

  /**
   * Everything that there is, to go back to: memory in both views, registers, what TLBs and caches hold, what waits for a barrier. It
   * costs a copy of the frames that have changed since the snapshot before, and is good for as long as it is kept.
   *
   * What a program does is noticed; whoever else changes a frame behind a snapshot says so before, with `memory.use`.
   */
  snapshot(): MachineSnapshot {
    return {
      cpus: this.cpus.map((cpu) => cpu.save()),
      memory: this.memory.save(),
      devices: this.memory.devices.map((device) => device.save()),
      power: this.#power,
      turn: this.#turn,
      turnLeft: this.#turnLeft,
      adversary: this.#adversary?.save(),
    };
  }

  /**
   * Goes back to a snapshot of this machine, which stays good: what runs from here does what it did before, and is judged as strictly.
   * Breakpoints stay as they are.
   */
  restore(snapshot: MachineSnapshot): void {
    for (const [index, device] of this.memory.devices.entries())
      device.restore(snapshot.devices[index] ?? device.save());
    for (const [index, cpu] of this.cpus.entries()) {
      const saved = snapshot.cpus[index];
      if (saved) cpu.restore(saved);
    }
    // Behind the CPUs, which watch the frames that they fetch from.
    this.memory.restore(snapshot.memory);
    this.#power = snapshot.power;
    this.#turn = snapshot.turn;
    this.#turnLeft = snapshot.turnLeft;
    if (snapshot.adversary !== undefined) this.#adversary?.restore(snapshot.adversary);
  }
}

/** A CPU is idle that is off, or that waited again without doing anything else. */
function isIdle(reason: StopReason, done: number): boolean {
  return reason === 'off' || (reason === 'waiting' && done <= 2);
}

function wordsOf(address: bigint, content: Uint32Array | Uint8Array): Uint32Array {
  if (address % 4n !== 0n || content.byteLength % 4 !== 0) {
    const what = `${content.byteLength} bytes at 0x${address.toString(16)} are not whole words`;
    throw new MachineError('EINVAL', what, 'pad them to a multiple of 4 bytes, at a multiple of 4', { address });
  }
  return content instanceof Uint8Array ? new Uint32Array(new Uint8Array(content).buffer) : content;
}

function noRam(address: bigint): MachineError {
  const what = `there is no RAM at 0x${address.toString(16)}`;
  return new MachineError('ENXIO', what, 'load where `ram` has a range', { address });
}
