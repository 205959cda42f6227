import type { TroubleCode } from '@kexeckit/rollout';

/** What a {@link FleetError} points at. */
export interface FleetErrorDetails {
  /** The host that it is about. */
  readonly host?: string | undefined;
  /** The offending value, cut to a line. */
  readonly value?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The only error of this package. The message says what is wrong and where; the hint says what to do, and is not part of it.
 *
 * Its codes are the {@link TroubleCode}s.
 */
export class FleetError extends Error {
  override readonly name = 'FleetError';
  readonly code: TroubleCode;
  readonly hint: string;
  readonly host: string | undefined;
  readonly value: string | undefined;

  constructor(code: TroubleCode, message: string, hint: string, details: FleetErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = hint;
    this.host = details.host;
    this.value = details.value;
  }
}
