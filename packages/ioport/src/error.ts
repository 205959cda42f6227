import type { Range } from './range.ts';

/** Why a request was refused, in the kernel's errno names. */
export type IoportErrorCode =
  | 'EINVAL'
  | 'EPERM'
  | 'EBUSY'
  | 'ENOMEM'
  | 'ENODEV'
  | 'ERANGE'
  | 'EADDRNOTAVAIL'
  | 'EOVERFLOW';

/** What went wrong, with what, and what to do about it. */
export interface IoportErrorDetails {
  /** Errno name of the fault. */
  code: IoportErrorCode;
  /** What to do. */
  hint: string;
  /** The offending address range, where there is one. */
  range?: Range | undefined;
  /** The offending text, where text was read. */
  value?: string | undefined;
  /** Line of the text, from 1. */
  line?: number | undefined;
  /** Name of the resource that is in the way. */
  conflict?: string | null | undefined;
}

/** The one error of this package: every refusal carries its code, the offending range or line, and advice. */
export class IoportError extends Error {
  override readonly name = 'IoportError';
  readonly code: IoportErrorCode;
  readonly hint: string;
  readonly range: Range | undefined;
  readonly value: string | undefined;
  readonly line: number | undefined;
  readonly conflict: string | null | undefined;

  constructor(message: string, details: IoportErrorDetails) {
    super(`${message} (${details.hint})`);
    this.code = details.code;
    this.hint = details.hint;
    this.range = details.range;
    this.value = details.value;
    this.line = details.line;
    this.conflict = details.conflict;
  }
}
