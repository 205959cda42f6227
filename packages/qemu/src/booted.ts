import { type NextKernel, type Phase, phases, type Watch } from '@kexeckit/reboot';
import { GuardedWatch } from './guarded-watch.ts';
import { inPhase } from './in-phase.ts';
import { keepRunning } from './keep-running.ts';
import { Deadline } from './limits.ts';
import { namelessWith } from './nameless.ts';
import { binaryOf, checkOptions, machineArguments, type QemuOptions, timeoutOf, userSpaceMark } from './options.ts';
import { fileArgument, type QemuProcess, startQemu } from './process.ts';
import { type Awaited, QemuConsole } from './qemu-console.ts';

/** A kernel that QEMU boots by itself, as firmware would. */
export interface Boot {
  /** An arm64 Image. */
  readonly kernel: Uint8Array;
  /** The initramfs, in pieces that follow each other. */
  readonly initrd: readonly Uint8Array[];
  readonly cmdline: string;
}

/** What makes the machine end, and how it is told of. */
interface Limits {
  readonly deadline: Deadline;
  readonly watch: Watch & { readonly signal: AbortSignal };
}

/** A machine whose first kernel QEMU has booted by itself, and which reboots by itself, if it does. */
export class BootedMachine {
  readonly #console: QemuConsole;
  readonly #options: QemuOptions;
  readonly #limits: Limits;

  private constructor(qemu: QemuProcess, options: QemuOptions, limits: Limits) {
    this.#console = new QemuConsole(qemu);
    this.#options = options;
    this.#limits = limits;
    this.#console.follow(limits.watch);
  }

  /**
   * Boots a kernel, for as long as it is used; then for as long as the options keep the machine. Whatever happens, nothing of it is
   * left. `timeoutMs` holds for all of `use`.
   *
   * @throws RebootError `EINVAL` for options that no machine has, `ENOENT` where QEMU is not installed, `EIO` where the files cannot
   * be handed to it; what `use` fails with; the reason of the signal.
   */
  static async boot<T>(
    options: QemuOptions,
    boot: Boot,
    watch: Watch,
    use: (machine: BootedMachine) => Promise<T>,
  ): Promise<T> {
    checkOptions(options);
    const deadline = Deadline.of({ timeoutMs: timeoutOf(options) });
    return await GuardedWatch.guard(watch, async ({ signal = new AbortController().signal, ...events }) => {
      signal.throwIfAborted();
      const guarded = { ...events, signal };
      const qemu = await start(options, boot, phases.describe);
      const end = async (): Promise<void> => {
        qemu.kill();
        await qemu.ended;
      };
      try {
        const result = await use(new BootedMachine(qemu, options, { deadline, watch: guarded }));
        await keepRunning(options.keep, qemu, guarded, end);
        return result;
      } finally {
        await end();
      }
    });
  }

  /**
   * Waits for a line of the console, behind the one that was seen last.
   *
   * @throws RebootError in the phase: `EIO` for a panic, and where the machine ends, `ETIMEDOUT`; the reason of the signal.
   */
  async waitFor(mark: RegExp, awaited: Awaited): Promise<string> {
    const { deadline, watch } = this.#limits;
    watch.onEvent?.({ type: 'phase', phase: awaited.phase.name });
    return await this.#console.waitFor(mark, awaited, deadline, watch.signal);
  }

  /** Waits until the next kernel has reached the mark of the options, behind the line that was seen last. @throws as `waitFor` */
  async arrival(): Promise<NextKernel> {
    const { deadline, watch } = this.#limits;
    watch.onEvent?.({ type: 'phase', phase: phases.startup.name });
    return await this.#console.kernelAt(this.#options.expect ?? userSpaceMark, deadline, watch.signal);
  }

  /** Everything on the console so far; where that is too much, its beginning and its end. */
  text(): string {
    return this.#console.text();
  }

  /** The last lines. */
  tail(): string[] {
    return this.#console.tail();
  }
}

/** QEMU has its files open when it has started: they have no name, and are gone with it. */
async function start(options: QemuOptions, { kernel, initrd, cmdline }: Boot, phase: Phase): Promise<QemuProcess> {
  const image = await inPhase(phase, namelessWith([kernel]));
  try {
    const archive = await inPhase(phase, namelessWith(initrd));
    try {
      const args = [
        ...machineArguments(options),
        ...['-kernel', fileArgument(0), '-initrd', fileArgument(1), '-append', cmdline],
        ...['-serial', 'stdio', '-no-reboot'],
      ];
      return await startQemu(binaryOf(options), args, [image, archive], phase);
    } finally {
      await archive.close();
    }
  } finally {
    await image.close();
  }
}
