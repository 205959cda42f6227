/** A rule that a rollout keeps. */
export type Rule =
  /** Two commits, or two claims, of one rollout on one host. */
  | 'committed-twice'
  /** A commit that follows another plan than that of the host's class. */
  | 'plan-of-another'
  /** A commit of a host that its drain hook had not drained. */
  | 'not-drained'
  /** A host without a result, or with one that is none. */
  | 'forgotten'
  /** Two results for a host, or one for a host that takes no part. */
  | 'told-twice'
  /** An image that stays loaded, or a drained host that nobody tried to restore. */
  | 'not-undone'
  /** More failed and lost hosts than budget and concurrency allow, or a commit after the budget was spent. */
  | 'budget'
  /** A commit after an abort, or during a pause. */
  | 'commit-while-stopped'
  | 'outside-window'
  /** More hosts on their way at once than the wave allows. */
  | 'too-many-at-once'
  /** A commit before the waves before had ended. */
  | 'wave-order'
  /** A result that is not what happened. */
  | 'contradicts'
  /** An outcome that the fate of the host does not explain. */
  | 'unexplained'
  /** Sums of a report that are not those of the results. */
  | 'sums';

/** A broken rule. */
export interface Violation {
  readonly rule: Rule;
  readonly host?: string | undefined;
  readonly what: string;
}
