/** A program with its arguments. There is no shell: `{host}` and `{address}` in an argument are replaced, and nothing else means anything. */
export interface HookCommand {
  readonly argv: readonly [string, ...string[]];
  /** Where it runs: where the worker is, with KEXECKIT_HOST and KEXECKIT_ROLLOUT in its environment, or on the host itself. */
  readonly on: 'worker' | 'host';
  /** Milliseconds until it is ended, which is a failure. */
  readonly limitMs: number;
}

/** Hosts whose labels fit go together, after all waves before. Hosts that fit no wave go last, in one wave of their own. */
export interface WavePolicy {
  readonly name: string;
  /** Kubernetes' equality-based selectors: `role=canary,zone!=eu-1,rack`. */
  readonly select: string;
  /**
   * Of the hosts that fit and went with no wave before, the first so many, or this share (`'5%'`, rounded up); the others go on to later
   * waves.
   */
  readonly take?: number | string | undefined;
  /** Reboots at once, in the place of the policy's. */
  readonly concurrency?: number | undefined;
  /** Failed and lost hosts of this wave that are accepted, in the place of the policy's; a share is of its own hosts, rounded down. */
  readonly failureBudget?: number | string | undefined;
  /** Milliseconds between the end of this wave and the beginning of the next. */
  readonly soakMs?: number | undefined;
}

/** When reboots may begin. A host's own zone, label `timezone`, is used where `zone` is left out; UTC where it has none. */
export interface TimeWindow {
  /** `mon` to `sun`; every day where left out. */
  readonly days?: readonly ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[] | undefined;
  /** `HH:MM` on the clock of the zone. An end before the start is on the next day. */
  readonly start: string;
  readonly end: string;
  /** An IANA name such as `Europe/Berlin`. */
  readonly zone?: string | undefined;
}

/** How a rollout goes over its hosts. */
export interface RolloutPolicy {
  readonly waves: readonly WavePolicy[];
  /** Reboots at once. */
  readonly concurrency: number;
  /**
   * Failed and lost hosts that are accepted: a number, or a share of all hosts (`'3%'`, rounded down). One more, and no further host is
   * committed. Those that are past their point of no return by then may still fail: at most budget + concurrency hosts fail.
   */
  readonly failureBudget: number | string;
  /** Reboots begin in one of these only; any time where empty. */
  readonly windows: readonly TimeWindow[];
  /** Before the reboot, such as `kubectl drain {host}`. */
  readonly drain?: HookCommand | undefined;
  /** After the reboot, or when a drained host is let go: such as `kubectl uncordon {host}`. */
  readonly restore?: HookCommand | undefined;
  /** After the reboot: exit code 0 is healthy. Repeated until it is, or `healthWithinMs` have passed. */
  readonly health?: HookCommand | undefined;
  readonly healthWithinMs: number;
  /** Commands that hold every reboot while they end with another exit code than 0, such as a query for firing alerts. */
  readonly blockers: readonly HookCommand[];
  /** Told what happens, one JSON object on standard input for each event. A failure of it is noted and changes nothing. */
  readonly notify?: HookCommand | undefined;
  /** Prints the console of a host that did not come back, such as a file that a console server keeps; its last lines are kept. */
  readonly console?: HookCommand | undefined;
  /** Milliseconds that a host has to come back, from the commit on. */
  readonly returnWithinMs: number;
  /** Milliseconds for each of inspect and stage. */
  readonly stepLimitMs: number;
}
