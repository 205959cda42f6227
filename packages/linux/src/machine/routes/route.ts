import type { LoadedReboot, Reality } from '@kexeckit/reboot';
import type { StrategyName } from '@kexeckit/relocation';

import type { PanicOptions } from '../../capture/panic.ts';

import type { PostGuard } from '../../holder/guard.ts';

import type { Host } from '../../host.ts';
import type { OwnSlots } from '../own-slots.ts';

/** What a route works on. */
export interface RouteContext {
  /** The host as it was read right before. */
  readonly host: Host;
  readonly reality: Reality;
  readonly kernel: OwnSlots;
  /** What is kept for a panic, where a route takes what stood there for one. */
  readonly panic: PanicOptions;
  /** Posts a guard before anything is loaded that leads to pages of this process; undefined: there is none. */
  readonly postGuard: PostGuard | undefined;
}

/** What a host holds of a reboot that one route has loaded. */
export interface HeldLoad {
  /** What a panic starts in place of what stood there before, for people; undefined where the load leaves that as it was. */
  readonly forPanic?: string;
  /**
   * Reads back what can be read, as `digestPages` would; undefined where the kernel has copies of its own, which nobody can read.
   */
  digest(): Promise<string | undefined>;
  /**
   * Looks once more, right before the last system call, at everything that could have changed since.
   *
   * @throws RebootError `ESTALE` in phase `stage`.
   */
  check(now: Host): Promise<void>;
  /** Leaves the host as it was before. @throws RebootError in phase `stage`. */
  discard(): Promise<void>;
}

/** How the plans of one strategy come into a stock kernel. */
export interface Route {
  readonly strategy: StrategyName;
  /** Whether what it loads lives in pages of this process, which must then live until the last system call. */
  readonly inThisProcess: boolean;
  /**
   * Loads a plan: the image that a reboot starts comes last, so that until then a reboot does what it did before.
   *
   * @throws RebootError in phase `stage`, LinuxError; then nothing of it is loaded.
   */
  load(reboot: LoadedReboot, context: RouteContext): Promise<HeldLoad>;
}
