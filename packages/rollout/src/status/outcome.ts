/**
 * Errno names for what goes wrong with a host.
 *
 * `EINVAL` what it was asked · `ENOENT` no such rollout, host or file · `EEXIST` a rollout of that name runs · `EACCES` the host lets nobody in ·
 * `EPERM` it does not let this user reboot it · `EBUSY` another reboot is under way on it · `EIO` a command ended badly, or the connection
 * broke · `EPROTO` a reply that makes no sense · `EMSGSIZE` a reply that is too long · `ETIMEDOUT` a time limit · `ECONNREFUSED`,
 * `EHOSTUNREACH` the host is not there · `EKEYREJECTED` its host key has changed · `ESTALE` it is not what the rollout was planned for ·
 * `ECANCELED` the caller's signal, or an abort · `EOPNOTSUPP` it has no route for a reboot.
 */
export type TroubleCode =
  | 'EINVAL'
  | 'ENOENT'
  | 'EEXIST'
  | 'EACCES'
  | 'EPERM'
  | 'EBUSY'
  | 'EIO'
  | 'EPROTO'
  | 'EMSGSIZE'
  | 'ETIMEDOUT'
  | 'ECONNREFUSED'
  | 'EHOSTUNREACH'
  | 'EKEYREJECTED'
  | 'ESTALE'
  | 'ECANCELED'
  | 'EOPNOTSUPP';

/** The steps of a host, in their order. Until `commit` all can be undone. */
export type HostPhase = 'inspect' | 'stage' | 'drain' | 'commit' | 'return' | 'health' | 'evidence';

/**
 * How a host ended. `done` runs the expected kernel and is healthy · `refused` is not what was planned for, or cannot kexec: nothing was
 * changed · `failed` a step failed; before the commit all was undone · `lost` was committed and did not come back, or not
 * as expected · `undone` was let go by an abort or a spent budget, as it was before · `skipped` was never begun · `deferred` its
 * window closed before its commit: it is tried again in the next.
 */
export type Outcome = 'done' | 'refused' | 'failed' | 'lost' | 'undone' | 'skipped' | 'deferred';

/** When a step of a host began and ended, in milliseconds of the rollout's clock. */
export interface PhaseTime {
  readonly phase: HostPhase;
  readonly start: number;
  readonly end: number;
}

/** Why a host is not done. */
export interface Trouble {
  readonly phase: HostPhase;
  readonly code: TroubleCode;
  readonly what: string;
  readonly hint: string;
}

/** What a time is: the phase's own, or a bound that holds the time of other phases, too. */
export type TimeBound = 'exact' | 'about' | 'at-least' | 'at-most';

/** How long a phase of a reboot took, by the logs of its host. */
export interface LoggedTime {
  readonly ms: number;
  readonly bound: TimeBound;
}

/** What the logs of a host say of its reboot, by phase. */
export type Evidence = Readonly<Record<string, LoggedTime>>;

/** What became of a host. */
export interface HostResult {
  readonly host: string;
  readonly wave: string;
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly times: readonly PhaseTime[];
  readonly trouble?: Trouble | undefined;
  /** Boot ids before and after the commit. */
  readonly bootBefore?: string | undefined;
  readonly bootAfter?: string | undefined;
  readonly kernelAfter?: string | undefined;
  /** Milliseconds from the commit until the host answered as the expected kernel. */
  readonly downtimeMs?: number | undefined;
  /** The last lines of its console, printable, where there are any. */
  readonly console?: readonly string[] | undefined;
  /** What `kexeckit timeline --last` says of each phase. */
  readonly evidence?: Evidence | undefined;
}
