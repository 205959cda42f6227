/** What a {@link RolloutError} points at. */
export interface RolloutErrorDetails {
  /** Where in the file, such as `hosts[3].labels.zone`. */
  readonly where?: string | undefined;
  /** The offending value, cut to a line. */
  readonly value?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The only error of this package. The message says what is wrong and where; the hint says what to do, and is not part of it.
 *
 * `EINVAL` what an inventory, a policy, a selector or a saved rollout says · `EFBIG` it is too large.
 */
export class RolloutError extends Error {
  override readonly name = 'RolloutError';
  readonly code: 'EINVAL' | 'EFBIG';
  readonly hint: string;
  readonly where: string | undefined;
  readonly value: string | undefined;

  constructor(code: 'EINVAL' | 'EFBIG', message: string, hint: string, details: RolloutErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = hint;
    this.where = details.where;
    this.value = details.value;
  }
}
