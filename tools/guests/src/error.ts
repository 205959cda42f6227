/** Lines of the console that a message shows. */
const TAIL = 15;

/** What went wrong with a guest, as a name of errno. */
export type GuestErrorCode = 'EINVAL' | 'ENOENT' | 'EIO' | 'ETIME';

export interface GuestErrorDetails {
  /** What the guest's console said so far. */
  readonly console?: string;
  readonly cause?: unknown;
}

/** A guest that cannot be made, does not come up, or does not say what it should. */
export class GuestError extends Error {
  override readonly name = 'GuestError';
  readonly code: GuestErrorCode;
  readonly hint: string;
  readonly console: string | undefined;

  constructor(code: GuestErrorCode, message: string, hint: string, details: GuestErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = hint;
    this.console = details.console;
  }
}

/** The error for a guest that ran: its message shows the end of the console. */
export function guestFailure(code: GuestErrorCode, why: string, hint: string, console: string): GuestError {
  const lines = console.split('\n').filter((line) => line.trim() !== '');
  const tail = lines.slice(-TAIL).map((line) => `\n  | ${line}`);
  return new GuestError(code, `${why}; its console ends with:${tail.join('')}`, hint, { console });
}
