import { randomBytes } from 'node:crypto';
import {
  type Departure,
  type LoadedReboot,
  type Machine,
  type PageLoan,
  type PageNeed,
  phases,
  RebootError,
  type RebootPlan,
  type Staged,
  Staging,
  type Watch,
} from '@kexeckit/reboot';
import { checkLoadable, type StrategyName, strategyNamed } from '@kexeckit/relocation';
import type { PanicOptions } from '../capture/panic.ts';
import { type DescribeOptions, describeHost, type HostReality } from '../describe.ts';
import { LinuxError } from '../error.ts';
import { leftByDead } from '../holder/ask.ts';
import type { PostGuard } from '../holder/guard.ts';
import { withLock, withLockSoon } from '../holder/lock.ts';
import { runFolderFor } from '../holder/run-folder.ts';
import { type Host, readHost } from '../host.ts';
import { lendPages } from '../pages/lend.ts';
import { type Kernel, thisKernel } from '../syscalls/kernel.ts';
import { type WriteMarkOptions, writeMark } from '../write-mark.ts';
import { busy, refuseLoaded } from './busy.ts';
import { isCrashOurs } from './crash-record.ts';
import { leave, type ServiceManager, serviceManagerHere, staysLoaded } from './leaving.ts';
import { andStays, leftOf } from './left.ts';
import { isOursGone, loadedOf } from './loaded-record.ts';
import { canReplace, makeRoom } from './make-room.ts';
import { forgetEmpty, ownSlots } from './own-slots.ts';
import { aloneOn, refuseBlocked, refuseOtherHolder } from './refusals.ts';
import { routeFor } from './routes/index.ts';
import type { HeldLoad, Route } from './routes/route.ts';
import { attempt } from './slots.ts';
import { UnderWay } from './under-way.ts';

/** How a host is rebooted. */
export interface LinuxMachineOptions extends DescribeOptions, PanicOptions {
  /**
   * Posts a guard while something is loaded that leads to pages of this process, see `guardBy`. Without one, the image stays
   * loaded when this process is killed, and its pages are anybody's.
   */
  readonly postGuard?: PostGuard;
  /** Stops services before the machine reboots; by default systemd, where it runs. `none`: at once, nothing is stopped. */
  readonly services?: ServiceManager | 'none';
  /**
   * Replaces what is loaded for a reboot, whoever has loaded it, when what is to be loaded was planned and proved. Where the running
   * kernel moves the segments, the call does that, and the earlier image stays where it fails; what a process holds, or a panic would
   * start, and what stands in the way of another route, is unloaded right before. By default it is refused.
   */
  readonly replaces?: boolean;
  /** The kernel to ask; the one below by default. */
  readonly kernel?: Kernel;
  /** Leaves the mark from which the next boot tells how long the reboot took; `writeMark` by default. */
  readonly leaveMark?: (mark: WriteMarkOptions) => void;
  /**
   * Where it is noted what is loaded, and where two loads at once see each other; by default `/run/kexeckit` for the kernel
   * below, and nowhere for another one.
   */
  readonly runFolder?: string;
  /** What the next kernel's seeds are made of: fresh random bytes by default. Others are for tests alone. */
  readonly entropy?: () => Uint8Array;
  /** Reads the host; `readHost` by default. */
  readonly read?: (signal?: AbortSignal) => Promise<Host>;
}

/** As much as a seed of the kernel's own generator has. */
const ENTROPY_BYTES = 32;
const freshEntropy = (): Uint8Array => randomBytes(ENTROPY_BYTES);

/** What was loaded, and how. */
interface Loaded {
  readonly kernel: Kernel;
  readonly held: HeldLoad;
  readonly route: Route;
}

/**
 * This very machine: kexec by the system calls of a stock kernel, each strategy by a route of its own.
 */
export class LinuxMachine implements Machine<Departure> {
  readonly name = 'linux';
  readonly rehearses = true;
  readonly #options: LinuxMachineOptions;
  readonly #staging = new Staging<Departure>();
  readonly #underWay = new UnderWay();
  #forPanic: string | undefined;
  /** What a commit that came to nothing could not unload. */
  #left: Staged<Departure> | undefined;
  /** What was read in the phase that has this signal. */
  #looked: { readonly host: Host; readonly signal: AbortSignal | undefined } | undefined;

  constructor(options: LinuxMachineOptions = {}) {
    this.#options = options;
  }

  /**
   * Looks at what is loaded, and at what stands in the way of every load, before anything is planned.
   *
   * @throws RebootError in phase `stage`: `EBUSY` where something is loaded, or held, that the load would not unload itself;
   * `EPERM` for what preflight knows to end badly.
   */
  async refuseEarly({ signal }: Watch = {}): Promise<void> {
    this.#refuseIfTaken();
    const host = await this.#read(signal);
    const folder = this.#folder;
    const isLeft = folder !== undefined && leftByDead(folder)?.isLoaded === true;
    const { replaces = false } = this.#options;
    if (!isLeft && !replaces) refuseLoaded(host);
    if (folder !== undefined && !replaces) refuseOtherHolder(folder);
    refuseBlocked(host, 'plan', { size: 0n, cmdline: '' });
    this.#looked = { host, signal };
  }

  /** @throws LinuxError as describeHost. */
  async describe({ signal }: Watch = {}): Promise<HostReality> {
    const looked = this.#looked;
    this.#looked = undefined;
    // What was looked at in the same phase is not read again.
    const isFresh = looked !== undefined && signal !== undefined && looked.signal === signal;
    const described = describeHost(isFresh ? looked.host : await this.#read(signal), this.#options);
    const { entropy = freshEntropy } = this.#options;
    return { ...described, entropy: entropy() };
  }

  /**
   * Lends pages of this process, pinned.
   *
   * @throws RebootError in phase `plan`, with nothing pinned: `EPERM`, `ENOMEM`, `EIO` with what the kernel's errno means on this
   * host; LinuxError as its kernel.
   */
  async lend(need: PageNeed, { signal }: Watch = {}): Promise<PageLoan> {
    return await lendPages(await this.#kernel(), need, signal);
  }

  /**
   * Loads the plan by the route of its strategy.
   *
   * @throws RebootError in phase `stage`, with nothing loaded: `EBUSY` where something is already, `EPERM`, `ENOMEM`, `EIO` with
   * what the kernel's errno means on this host; LinuxError `EOPNOTSUPP` for a strategy without a route, and as its route.
   */
  async stage(reboot: LoadedReboot, { signal }: Watch = {}): Promise<Staged<Departure>> {
    return await this.#underWay.track(this.#stage(reboot, signal), () => signal?.reason);
  }

  async #stage(reboot: LoadedReboot, signal: AbortSignal | undefined): Promise<Staged<Departure>> {
    this.#refuseIfTaken();
    const { plan } = reboot;
    checkLoadable(plan.stage);
    const route = routeFor(plan.stage.strategy);
    const kernel = await this.#kernel();
    if (this.#options.replaces) await this.#makeRoom(kernel, plan.stage.strategy);
    const { host, held } = await withLock(this.#folder, () => this.#load(reboot, route, kernel, signal));
    this.#forPanic = held.forPanic;
    return this.#staging.hold(plan, {
      digest: async () => {
        if (isOursGone(this.#folder)) throw unloaded();
        return await held.digest();
      },
      discard: () => held.discard(),
      // What is written now need not be written behind the point of no return.
      quiesce: async () => this.#quiesce(route, kernel, host),
      commit: (watch) => this.#commit({ kernel, held, route }, plan, watch),
    });
  }

  async #makeRoom(kernel: Kernel, strategy: StrategyName): Promise<void> {
    const { kdump } = this.#options;
    const read = (): Promise<Host> => this.#read(undefined);
    const host = await read();
    if (this.#replacesIn(host, strategy)) return;
    await makeRoom(host, { kernel, folder: this.#folder, read, ...(kdump && { kdump }) });
  }

  /** Whether the call that loads replaces what is loaded. The other routes need what that takes: memory, or the crash slot. */
  #replacesIn(host: Host, strategy: StrategyName): boolean {
    return this.#options.replaces === true && strategyNamed(strategy).delivers && canReplace(this.#folder, host);
  }

  get #folder(): string | undefined {
    return runFolderFor(this.#options.kernel, this.#options.runFolder);
  }

  /** From the look at what is loaded to the load: nobody of ours comes in between. */
  async #load(
    reboot: LoadedReboot,
    route: Route,
    kernel: Kernel,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly host: Host; readonly held: HeldLoad }> {
    const host = await this.#readAlone(reboot, kernel, signal);
    const reality = describeHost(host, this.#options);
    const replaces = this.#replacesIn(host, reboot.plan.stage.strategy);
    if (!replaces) refuseLoaded(host);
    signal?.throwIfAborted();
    const { postGuard } = this.#options;
    const folder = this.#folder;
    forgetEmpty(folder, { next: host.kexecLoaded, crash: host.kexecCrashLoaded });
    const hasOurs = folder !== undefined && isCrashOurs(folder, host);
    // What we have loaded for a panic ourselves needs nobody who could load it again.
    const panic = hasOurs ? { ...this.#options, loseCrashKernel: true } : this.#options;
    const record = loadedOf(reboot, host, route.inThisProcess);
    const asked = ownSlots(kernel, { folder, record, hasOurs, crashLoaded: host.kexecCrashLoaded, replaces });
    const held = await route.load(reboot, { host, reality, kernel: asked, panic, postGuard });
    const discard = (): Promise<void> => this.#underWay.track(withLockSoon(folder, () => held.discard()));
    return { host, held: { ...(hasOurs && { forPanic: OF_EARLIER }), ...held, discard } };
  }

  async #readAlone({ plan }: LoadedReboot, kernel: Kernel, signal: AbortSignal | undefined): Promise<Host> {
    return await aloneOn(await this.#read(signal), {
      kernel,
      folder: this.#folder,
      read: () => this.#read(signal),
      refuse: (host) => refuseBlocked(host, 'plan', { size: 0n, cmdline: plan.cmdline }),
    });
  }

  async staged(): Promise<Staged<Departure> | undefined> {
    return this.#staging.current ?? this.#left;
  }

  #refuseIfTaken(): void {
    this.#staging.refuseIfTaken();
    if (this.#left !== undefined) throw busy('an image of this process is still loaded', 'discard it first');
  }

  /**
   * Waits until nothing is loaded, or unloaded, by it any more: whoever cancels is not kept waiting, and what was begun goes on.
   *
   * @returns why that failed; undefined where it did not.
   */
  async settled(): Promise<unknown> {
    return await this.#underWay.settled();
  }

  /** What a panic starts while a reboot is staged, for people; undefined where that is nothing of ours. */
  get forPanic(): string | undefined {
    return this.#staging.current === undefined ? undefined : this.#forPanic;
  }

  async #kernel(): Promise<Kernel> {
    return this.#options.kernel ?? (await thisKernel());
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
    attempt({ host, kernel }, phases.quiesce, () => void kernel.call('sync'));
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

  async #commit(loaded: Loaded, plan: RebootPlan, watch: Watch): Promise<Departure> {
    const { kernel, held, route } = loaded;
    const host = await this.#orUndone(loaded, plan, () => this.#getReady(held, plan));
    const stays = route.inThisProcess ? undefined : staysLoaded(held.forPanic !== undefined);
    const go = (): Promise<void> => leave({ host, kernel, services: this.#services(), stays }, watch);
    // What the kernel keeps can be asked for again; what is in this process ends with it.
    await (route.inThisProcess ? this.#orUndone(loaded, plan, go) : go());
    return { kind: 'departure', reportedBy: 'next boot' };
  }

  /** What was loaded must still be there; then the mark is left. */
  async #getReady(held: HeldLoad, { wishes }: RebootPlan): Promise<Host> {
    const now = await this.#read(undefined);
    if (now.kexecLoaded !== true || isOursGone(this.#folder)) throw unloaded();
    await held.check(now);
    this.#mark({ strategy: wishes.strategy, checks: wishes.verify });
    return now;
  }

  /** Whatever stops it: nothing stays loaded then that nobody could discard any more. */
  async #orUndone<T>(loaded: Loaded, plan: RebootPlan, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw await this.#undone(loaded, plan, error);
    }
  }

  /** Unloads because of an error, and returns that error. Where that fails, too, the error says both, and it is staged still. */
  async #undone({ held }: Loaded, plan: RebootPlan, reason: unknown): Promise<unknown> {
    const discard = async (): Promise<void> => {
      await held.discard();
      this.#left = undefined;
    };
    try {
      await discard();
      return reason;
    } catch (error) {
      this.#left = leftOf(plan, discard);
      return andStays(reason, error);
    }
  }
}

/** What a panic starts where a load leaves alone what an earlier one has left in the crash slot. */
const OF_EARLIER = 'what an earlier load of ours has left there (kexeckit unload takes it out)';

const unloaded = (): RebootError =>
  new RebootError('ESTALE', 'somebody has unloaded the image', 'stage it again', { phase: phases.stage });

const read = (signal: AbortSignal | undefined): Promise<Host> => readHost(signal === undefined ? {} : { signal });
