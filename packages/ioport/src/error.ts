import type { Range } from './range.ts';

/**
 * Why a request was refused, in the kernel's errno names: `EINVAL` a request or a text that makes no sense; `EBUSY` a
 * range that is taken in part; `EPERM` a map that hides its addresses.
 */
export type IoportErrorCode = 'EINVAL' | 'EPERM' | 'EBUSY';

/** What an {@link IoportError} points at. */
export interface IoportErrorDetails {
  /** The offending address range, where there is one. */
  readonly range?: Range | undefined;
  /** The offending text, where text was read. */
  readonly value?: string | undefined;
  /** Line of the text, from 1. */
  readonly line?: number | undefined;
  /** Name of the resource that is in the way; null if it has none. */
  readonly conflict?: string | null | undefined;
  /** The error underneath. */
  readonly cause?: unknown;
}

/** The only error of this package. The message says what is wrong; the hint says what to do, and is not part of it. */
export class IoportError extends Error {
  override readonly name = 'IoportError';
  readonly code: IoportErrorCode;
  /** What to do. */
  readonly hint: string;
  readonly range: Range | undefined;
  readonly value: string | undefined;
  readonly line: number | undefined;
  readonly conflict: string | null | undefined;

  constructor(code: IoportErrorCode, message: string, hint: string, details: IoportErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = hint;
    this.range = details.range;
    this.value = details.value;
    this.line = details.line;
    this.conflict = details.conflict;
  }
}
