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
import { type WriteMarkOptions, writeMark } from '../write-mark.ts';
import { busy } from './busy.ts';
import { leave, type ServiceManager, serviceManagerHere } from './leaving.ts';
import { routeFor } from './routes/index.ts';
import type { HeldLoad, Route } from './routes/route.ts';
import { attempt } from './slots.ts';

/** How a host is rebooted. */
export interface LinuxMachineOptions extends DescribeOptions {
  /**
   * Loads into the crash kernel's region although nothing is kept there for a panic: until the reboot a panic starts the
   * next kernel, and nobody writes a dump. Without it, such a load is refused.
   */
  readonly withoutCaptureKernel?: boolean;
  /** Stops services before the machine reboots; by default systemd, where it runs. `none`: at once, nothing is stopped. */
  readonly services?: ServiceManager | 'none';
  /** The kernel to ask; the one below by default. */
  readonly kernel?: Kernel;
  /** Leaves the mark from which the next boot tells how long the reboot took; `writeMark` by default. */
  readonly leaveMark?: (mark: WriteMarkOptions) => void;
  /** Reads the host; `readHost` by default. */
  readonly read?: (signal?: AbortSignal) => Promise<Host>;
}

/**
 * This very machine: kexec by the system calls of a stock kernel, each strategy by a route of its own.
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
   * Loads the plan by the route of its strategy.
   *
   * @throws RebootError in phase `stage`, with nothing loaded: `EBUSY` where something is already, `EPERM`, `ENOMEM`, `EIO` with
   * what the kernel's errno means on this host; LinuxError `EOPNOTSUPP` for a strategy without a route, and as its route.
   */
  async stage(reboot: LoadedReboot, { signal }: Watch = {}): Promise<Staged<Departure>> {
    this.#staging.refuseIfTaken();
    const { stage } = reboot.plan;
    checkLoadable(stage);
    const route = routeFor(stage.strategy);
    const host = await this.#read(signal);
    const reality = describeHost(host, this.#options);
    refuseBlocked(host);
    if (host.kexecLoaded === true) throw busy('an image is loaded already', 'unload it first: kexeckit unload');
    const kernel = this.#options.kernel ?? (await thisKernel());
    signal?.throwIfAborted();
    const { withoutCaptureKernel = false } = this.#options;
    const held = await route.load(reboot, { host, reality, kernel, withoutCaptureKernel });
    return this.#staging.hold(reboot.plan, {
      digest: () => held.digest(),
      discard: () => held.discard(),
      // What is written now need not be written behind the point of no return.
      quiesce: async () => this.#quiesce(route, kernel, host),
      commit: (watch) => this.#commit(kernel, held, reboot, watch),
    });
  }

  async staged(): Promise<Staged<Departure> | undefined> {
    return this.#staging.current;
  }

  async #read(signal: AbortSignal | undefined): Promise<Host> {
    return await (this.#options.read ?? read)(signal);
  }

  #quiesce({ strategy, inThisProcess }: Route, kernel: Kernel, host: Host): void {
    const services = this.#services();
    if (inThisProcess && services !== undefined)
      throw new RebootError(
        'EBUSY',
        `${services.name} would end this process, and with it the pages that ${strategy} copies from`,
        'leave at once with --force, or load it with kexeckit load, whose pages outlive services',
        { phase: phases.quiesce },
      );
    attempt(host, phases.quiesce, () => void kernel.call('sync'));
  }

  #services(): ServiceManager | undefined {
    const { services = serviceManagerHere() } = this.#options;
    return services === 'none' ? undefined : services;
  }

  /** A reboot without a mark is a reboot: only its timeline is not known. */
  #mark(mark: WriteMarkOptions): void {
    try {
      (this.#options.leaveMark ?? writeMark)(mark);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
    }
  }

  async #commit(kernel: Kernel, held: HeldLoad, { plan: { wishes } }: LoadedReboot, watch: Watch): Promise<Departure> {
    const now = await this.#read(undefined);
    try {
      if (now.kexecLoaded !== true) throw unloaded();
      await held.check(now);
    } catch (error) {
      await held.discard();
      throw error;
    }
    this.#mark({ strategy: wishes.strategy, checks: wishes.verify });
    await leave({ host: now, kernel, services: this.#services() }, watch);
    return { kind: 'departure', reportedBy: 'next boot' };
  }
}

const unloaded = (): RebootError =>
  new RebootError('ESTALE', 'somebody has unloaded the image', 'stage it again', { phase: phases.stage });

/** What is checked elsewhere, by what stands in its place: whether something is loaded. */
const ELSEWHERE: readonly FindingId[] = ['already-loaded'];

/** Refuses what preflight knows to end badly: a load would be refused, or the next kernel harmed. */
function refuseBlocked(host: Host): void {
  const found = preflight(host).find(({ severity, id }) => severity === 'blocker' && !ELSEWHERE.includes(id));
  if (found === undefined) return;
  throw new RebootError('EPERM', `${found.what}: ${found.why}`, found.todo, { phase: phases.stage });
}

const read = (signal: AbortSignal | undefined): Promise<Host> => readHost(signal === undefined ? {} : { signal });
