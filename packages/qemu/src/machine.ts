import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  compareReadBack,
  type LoadedReboot,
  type Machine,
  type MachineDescription,
  type PhaseTime,
  type ReadBack,
  RebootError,
  type RunOptions,
  type RunReport,
} from '@kexeckit/reboot';
import { PAGE_SIZE, type PlannedSegment, pfnOf } from '@kexeckit/relocation';
import { ConsoleWatcher } from './console.ts';
import { describeMachine } from './describe.ts';
import { inFolder } from './folder.ts';
import { GdbClient } from './gdb.ts';
import { emitLauncher, LAUNCHER } from './launcher.ts';
import { binaryOf, machineArguments, type QemuOptions, RAM_BASE, timeoutOf, userSpaceMark } from './options.ts';
import { endedEarly, type QemuProcess, startQemu } from './process.ts';
import { QmpClient } from './qmp.ts';
import { writeRamFile } from './ram-file.ts';

/** A QEMU virt machine that starts in the state right before the old kernel's last jump. */
export class QemuMachine implements Machine {
  readonly name = 'qemu';
  readonly #options: QemuOptions;

  constructor(options: QemuOptions) {
    this.#options = options;
  }

  describe(): Promise<MachineDescription> {
    return inFolder((folder) => describeMachine(this.#options, folder));
  }

  run(reboot: LoadedReboot, options: RunOptions = {}): Promise<RunReport> {
    return inFolder(async (folder) => {
      const session = await Session.start(this.#options, reboot, folder, options);
      try {
        return await session.follow();
      } catch (error) {
        throw session.reasonFor(error);
      } finally {
        await session.end();
      }
    });
  }
}

/** The launcher as a page of memory. */
function launcherPage(words: Uint32Array): [number, Uint8Array] {
  const page = new Uint8Array(PAGE_SIZE);
  page.set(new Uint8Array(words.buffer));
  return [pfnOf(LAUNCHER), page];
}

/** The new kernel's start, or why there was none. */
interface Startup {
  readonly startup: PhaseTime;
  readonly facts: RunReport['facts'];
}

/** One run of one plan. */
class Session {
  readonly #options: QemuOptions;
  readonly #reboot: LoadedReboot;
  readonly #folder: string;
  readonly #run: RunOptions;
  readonly #qemu: QemuProcess;
  readonly #qmp: QmpClient;
  readonly #gdb: GdbClient;
  readonly #console = new ConsoleWatcher();
  readonly #stop: AbortController;

  private constructor(parts: {
    options: QemuOptions;
    reboot: LoadedReboot;
    folder: string;
    run: RunOptions;
    qemu: QemuProcess;
    qmp: QmpClient;
    gdb: GdbClient;
    stop: AbortController;
  }) {
    this.#options = parts.options;
    this.#reboot = parts.reboot;
    this.#folder = parts.folder;
    this.#run = parts.run;
    this.#qemu = parts.qemu;
    this.#qmp = parts.qmp;
    this.#gdb = parts.gdb;
    this.#stop = parts.stop;
  }

  /** Writes the memory image, starts QEMU stopped with its PC at the routine, and connects to it. */
  static async start(options: QemuOptions, reboot: LoadedReboot, folder: string, run: RunOptions): Promise<Session> {
    const ram = join(folder, 'ram');
    const plan = reboot.plan.relocation;
    const launcher = emitLauncher(plan);
    await writeRamFile(ram, RAM_BASE, options.memory, reboot.image, launcher ? [launcherPage(launcher)] : []);
    const control = { qmp: join(folder, 'qmp'), gdb: join(folder, 'gdb') };
    const qemu = await startQemu(binaryOf(options), [
      ...machineArguments(options, ',memory-backend=ram'),
      ...['-object', `memory-backend-file,id=ram,size=${options.memory},mem-path=${ram},share=on`],
      ...['-device', `loader,addr=0x${(launcher ? LAUNCHER : plan.start).toString(16)},cpu-num=0`],
      ...['-chardev', `socket,id=gdb,path=${control.gdb},server=on,wait=off`, '-gdb', 'chardev:gdb'],
      ...['-qmp', `unix:${control.qmp},server=on,wait=off`],
      ...['-serial', 'stdio', '-no-reboot', '-S'],
    ]);
    const stop = new AbortController();
    run.signal?.addEventListener('abort', () => stop.abort(run.signal?.reason), { once: true });
    void qemu.ended.then((complaint) => stop.abort(endedEarly('relocation', complaint, [])));
    try {
      const qmp = await QmpClient.connect(control.qmp, stop.signal);
      const gdb = await GdbClient.connect(control.gdb, stop.signal);
      return new Session({ options, reboot, folder, run, qemu, qmp, gdb, stop });
    } catch (error) {
      qemu.kill();
      throw stop.signal.reason instanceof RebootError ? stop.signal.reason : error;
    }
  }

  /** Lets the routine run to its jump, reads the destinations back, and follows the new kernel to the mark, if asked to. */
  async follow(): Promise<RunReport> {
    this.#watchConsole();
    const relocation = await this.#runToJump();
    await this.#checkHandOver();
    const destinations = await this.#readBack();
    const { startup, facts } = this.#options.until === 'jump' ? this.#stopAtJump() : await this.#startKernel();
    return {
      timeline: {
        label: this.#reboot.plan.relocation.strategy,
        strategy: this.#reboot.plan.relocation.strategy,
        phases: [
          { phase: 'shutdown', basis: 'skipped', seconds: 0, note: 'no old kernel ran' },
          {
            phase: 'relocation',
            basis: 'measured',
            seconds: relocation,
            note: "this host's clock, software emulation",
          },
          {
            phase: 'checksum',
            basis: 'skipped',
            seconds: 0,
            note: this.#reboot.plan.relocation.halt === undefined ? 'no purgatory' : 'part of the relocation',
          },
          startup,
        ],
      },
      destinations,
      facts,
    };
  }

  #stopAtJump(): Startup {
    const { jump } = this.#reboot.plan.relocation;
    return {
      startup: { phase: 'startup', basis: 'skipped', seconds: 0, note: 'stopped at the jump, as asked' },
      facts: [['stopped at', `the jump, 0x${jump.toString(16)}`]],
    };
  }

  async #startKernel(): Promise<Startup> {
    const { seconds, line } = await this.#followKernel();
    const version = this.#console.find(/Linux version/)?.match(/Linux version \S+/)?.[0];
    return {
      startup: { phase: 'startup', basis: 'measured', seconds, note: "this host's clock, software emulation" },
      facts: [
        ['new kernel', version ?? 'did not print its version'],
        ['reached', line.trim()],
      ],
    };
  }

  /** A connection that breaks is only the sign: why QEMU ended, or that we were cancelled, is the reason. */
  reasonFor(error: unknown): unknown {
    return error instanceof RebootError || !this.#stop.signal.aborted ? error : this.#stop.signal.reason;
  }

  /** Ends QEMU, whatever state it is in. */
  async end(): Promise<void> {
    this.#gdb.close();
    this.#qmp.close();
    this.#qemu.kill();
    await this.#qemu.ended;
  }

  #watchConsole(): void {
    this.#qemu.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#console.push(text);
      this.#run.onEvent?.({ type: 'console', text });
    });
    void this.#qemu.ended.then(() => this.#console.close());
  }

  async #runToJump(): Promise<number> {
    const { jump, halt } = this.#reboot.plan.relocation;
    await this.#gdb.setBreakpoint(jump);
    if (halt !== undefined) await this.#gdb.setBreakpoint(halt);
    const began = performance.now();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#gdb.interrupt();
    }, timeoutOf(this.#options));
    await this.#orAborted(this.#gdb.continueToStop());
    clearTimeout(timer);
    const seconds = (performance.now() - began) / 1000;
    const { pc } = await this.#gdb.registers();
    if (pc === halt) throw this.#mismatch();
    if (pc !== jump || late) throw this.#lost(pc);
    await this.#gdb.clearBreakpoint(jump);
    if (halt !== undefined) await this.#gdb.clearBreakpoint(halt);
    return seconds;
  }

  #mismatch(): RebootError {
    return new RebootError(
      'relocation',
      'EIO',
      'a segment differs from its digest; the routine stopped before the jump',
      {
        hint: 'memory was changed between loading and the reboot',
        console: this.#console.tail(),
      },
    );
  }

  #lost(pc: bigint): RebootError {
    return new RebootError(
      'relocation',
      'ETIMEDOUT',
      `the relocation did not reach its jump; the CPU is at 0x${pc.toString(16)}`,
      {
        hint: pc < 0x1000n ? 'an exception was taken, and no vectors were set up' : 'the routine does not end',
        console: this.#console.tail(),
      },
    );
  }

  /** Documentation/arch/arm64/booting.rst: x0 is the device tree, x1 to x3 are zero. */
  async #checkHandOver(): Promise<void> {
    const { x } = await this.#gdb.registers();
    const expected = [this.#reboot.plan.relocation.placement.dtb, 0n, 0n, 0n];
    const wrong = expected.findIndex((value, index) => x[index] !== value);
    if (wrong < 0) return;
    throw new RebootError('relocation', 'EFAULT', `x${wrong} is 0x${x[wrong]?.toString(16)} at the jump`, {
      hint: `the boot protocol wants 0x${expected[wrong]?.toString(16)}`,
    });
  }

  /** Reads every destination out of the stopped machine, over QMP. */
  async #readBack(): Promise<ReadBack[]> {
    const found: ReadBack[] = [];
    for (const segment of this.#reboot.plan.relocation.placement.segments) found.push(await this.#readSegment(segment));
    return found;
  }

  async #readSegment(segment: PlannedSegment): Promise<ReadBack> {
    const filename = join(this.#folder, `${segment.name}.out`);
    // The numbers go as they are: physical addresses of the virt machine's RAM are exact in a double.
    await this.#qmp.execute('pmemsave', { val: Number(segment.mem), size: Number(segment.memsz), filename });
    const actual = new Uint8Array(await readFile(filename));
    await rm(filename);
    return compareReadBack(segment, this.#reboot.contents.get(segment.name) ?? new Uint8Array(), actual);
  }

  async #followKernel(): Promise<{ seconds: number; line: string }> {
    const mark = this.#options.expect ?? userSpaceMark;
    const began = performance.now();
    await this.#gdb.detach();
    const limit = timeoutOf(this.#options);
    const sighting = await this.#console.waitFor(mark, limit, this.#run.signal ?? new AbortController().signal);
    if (sighting.kind === 'seen') return { seconds: (performance.now() - began) / 1000, line: sighting.line };
    const console = this.#console.tail();
    switch (sighting.kind) {
      case 'panic':
        throw new RebootError('startup', 'EIO', `the new kernel panicked: ${sighting.line.trim()}`, {
          hint: 'see the console; a wrong root= or rdinit= is the usual reason',
          console,
        });
      case 'closed':
        throw endedEarly('startup', await this.#qemu.ended, console);
      case 'timeout':
        throw new RebootError('startup', 'ETIMEDOUT', `the new kernel did not print ${mark} within ${limit / 1000} s`, {
          hint:
            console.length === 0
              ? 'it printed nothing at all: try --append earlycon'
              : 'it hangs after the lines above',
          console,
        });
    }
  }

  /** Waits for work, but not beyond the end of QEMU or a cancellation. */
  async #orAborted<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#stop;
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    return await Promise.race([work, aborted]);
  }
}
