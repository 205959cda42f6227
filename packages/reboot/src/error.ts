import type { Proof } from '@kexeckit/relocation';
import type { PlanChange } from './document/diff.ts';
import type { ArrivalComplaint } from './machine/complaint.ts';
import type { Phase } from './phases.ts';

/** Errno names that a reboot fails with. */
export type RebootErrorCode =
  | 'EINVAL'
  | 'EPERM'
  | 'ENOMEM'
  | 'ENOEXEC'
  | 'ENOSPC'
  | 'ENOENT'
  | 'ENODEV'
  | 'EIO'
  | 'ETIMEDOUT'
  | 'EFAULT'
  | 'EBUSY'
  | 'EALREADY'
  | 'EBADMSG'
  | 'ESTALE'
  | 'ECANCELED';

/** What can come with a {@link RebootError}. */
export interface RebootErrorDetails {
  /** The phase that failed. */
  readonly phase?: Phase;
  /** The console's last lines, where a machine had one. */
  readonly console?: readonly string[];
  /** What the proof found. */
  readonly proof?: Proof;
  /** `ESTALE`: what a saved plan was made for and what is there now. */
  readonly changes?: readonly PlanChange[];
  /** What was wrong at the jump. */
  readonly complaint?: ArrivalComplaint;
  readonly cause?: unknown;
}

/**
 * A reboot that failed: in which phase, of what, and what to do.
 *
 * `EBADMSG` a saved plan that was changed by hand · `ESTALE` one whose inputs or machine have changed since · `EBUSY`
 * something is staged already · `EALREADY` it was committed or discarded before · `EFAULT` a violation, a fault or a
 * wrong hand-over · `EIO` the machine failed, or memory is not as planned.
 */
export class RebootError extends Error {
  override readonly name = 'RebootError';
  readonly code: RebootErrorCode;
  readonly hint: string;
  readonly phase: Phase | undefined;
  readonly console: readonly string[];
  readonly proof: Proof | undefined;
  readonly changes: readonly PlanChange[];
  readonly complaint: ArrivalComplaint | undefined;

  constructor(code: RebootErrorCode, message: string, hint: string, details: RebootErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.hint = hint;
    this.phase = details.phase;
    this.console = details.console ?? [];
    this.proof = details.proof;
    this.changes = details.changes ?? [];
    this.complaint = details.complaint;
  }
}
