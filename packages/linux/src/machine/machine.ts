import {
  type Departure,
  type LoadedReboot,
  type Machine,
  phases,
  RebootError,
  type Staged,
  Staging,
  type Watch,
} from '@kexeckit/reboot';
import { checkLoadable } from '@kexeckit/relocation';
import { type DescribeOptions, describeHost, type HostReality } from '../describe.ts';
import { LinuxError } from '../error.ts';
import type { FindingId } from '../finding.ts';
import { type Host, readHost } from '../host.ts';
import { preflight } from '../preflight.ts';
import { type Kernel, thisKernel } from '../syscalls/kernel.ts';
import { kexecLoad, kexecUnload } from '../syscalls/kexec.ts';
import { type WriteMarkOptions, writeMark } from '../write-mark.ts';
import { type HostImages, imagesOf } from './images.ts';
import { attempt, rebootNow, unloadImages } from './slots.ts';

/** How a host is rebooted. */
export interface LinuxMachineOptions extends DescribeOptions {
  /**
   * Loads into the crash kernel's region although nothing is kept there for a panic: until the reboot a panic starts the
   * next kernel, and nobody writes a dump. Without it, such a load is refused.
   */
  readonly withoutCaptureKernel?: boolean;
  /** The kernel to ask; the one below by default. */
  readonly kernel?: Kernel;
  /** Leaves the mark from which the next boot tells how long the reboot took; `writeMark` by default. */
  readonly leaveMark?: (mark: WriteMarkOptions) => void;
  /** Reads the host; `readHost` by default. */
  readonly read?: (signal?: AbortSignal) => Promise<Host>;
}

/**
 * This very machine: kexec by the system calls of a stock kernel. The next kernel's segments go straight into the crash
 * kernel's region, and a small image of our own, which a reboot starts, verifies them and jumps.
 */
export class LinuxMachine implements Machine<Departure> {
  readonly name = 'linux';
  readonly rehearses = true;
  readonly #options: LinuxMachineOptions;
  readonly #staging = new Staging<Departure>();

  constructor(options: LinuxMachineOptions = {}) {
    this.#options = options;
  }

  /** @throws LinuxError as describeHost. */
  async describe({ signal }: Watch = {}): Promise<HostReality> {
    return describeHost(await this.#read(signal), this.#options);
  }

  /**
   * Loads both images. The kernel takes copies of everything.
   *
   * @throws RebootError in phase `stage`, with neither image loaded: `EBUSY` where one is loaded already, `EPERM`, `ENOMEM`,
   * `EIO` with what the kernel's errno means on this host; LinuxError as imagesOf.
   */
  async stage(reboot: LoadedReboot, { signal }: Watch = {}): Promise<Staged<Departure>> {
    this.#staging.refuseIfTaken();
    checkLoadable(reboot.plan.stage);
    const host = await this.#read(signal);
    const images = imagesOf(reboot, describeHost(host, this.#options));
    refuseBlocked(host);
    this.#refuseLoaded(host);
    const kernel = this.#options.kernel ?? (await thisKernel());
    signal?.throwIfAborted();
    this.#load(kernel, images, host);
    return this.#staging.hold(reboot.plan, {
      digest: async () => undefined,
      discard: () => unloadImages(host, kernel),
      commit: () => this.#commit(kernel, host, reboot),
    });
  }

  async staged(): Promise<Staged<Departure> | undefined> {
    return this.#staging.current;
  }

  async #read(signal: AbortSignal | undefined): Promise<Host> {
    return await (this.#options.read ?? read)(signal);
  }

  #refuseLoaded({ kexecLoaded, kexecCrashLoaded }: Host): void {
    if (kexecLoaded === true) throw busy('an image is loaded already', 'unload it first: kexeckit unload');
    if (kexecCrashLoaded === true)
      throw busy('a crash kernel is loaded, which this version cannot keep', 'unload it first: kdump-config unload');
    if (this.#options.withoutCaptureKernel !== true)
      throw busy(
        'nothing would be kept for a panic: until the reboot one would start the next kernel, and no dump be written',
        'say so with --no-capture-kernel',
      );
  }

  /** The image that a reboot starts comes last: until then a reboot does what it did before. */
  #load(kernel: Kernel, { crash, next }: HostImages, host: Host): void {
    attempt(host, phases.stage, () => kexecLoad(kernel, crash.entry, crash.segments, 'crash'));
    try {
      attempt(host, phases.stage, () => kexecLoad(kernel, next.entry, next.segments, 'next'));
    } catch (error) {
      attempt(host, phases.stage, () => kexecUnload(kernel, 'crash'));
      throw error;
    }
  }

  /** A reboot without a mark is a reboot: only its timeline is not known. */
  #mark(mark: WriteMarkOptions): void {
    try {
      (this.#options.leaveMark ?? writeMark)(mark);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
    }
  }

  async #commit(kernel: Kernel, before: Host, { plan: { wishes } }: LoadedReboot): Promise<Departure> {
    const { kexecLoaded, kexecCrashLoaded } = await this.#read(undefined);
    if (kexecLoaded !== true || kexecCrashLoaded !== true) {
      await unloadImages(before, kernel);
      throw new RebootError('ESTALE', 'somebody has unloaded the image', 'stage it again', { phase: phases.stage });
    }
    this.#mark({ strategy: wishes.strategy, checks: wishes.verify });
    await rebootNow(before, kernel);
    return { kind: 'departure', reportedBy: 'next boot' };
  }
}

/** What is checked elsewhere, by what stands in its place: whether something is loaded. */
const ELSEWHERE: readonly FindingId[] = ['already-loaded'];

/** Refuses what preflight knows to end badly: a load would be refused, or the next kernel harmed. */
function refuseBlocked(host: Host): void {
  const found = preflight(host).find(({ severity, id }) => severity === 'blocker' && !ELSEWHERE.includes(id));
  if (found === undefined) return;
  throw new RebootError('EPERM', `${found.what}: ${found.why}`, found.todo, { phase: phases.stage });
}

const read = (signal: AbortSignal | undefined): Promise<Host> => readHost(signal === undefined ? {} : { signal });

const busy = (what: string, hint: string): RebootError => new RebootError('EBUSY', what, hint, { phase: phases.stage });
