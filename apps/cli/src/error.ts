import { constants } from 'node:os';

/** Errno names that the command itself fails with. */
export type CliErrorCode = 'EINVAL' | 'ENOENT' | 'EPERM' | 'EIO' | 'EOPNOTSUPP' | 'ECANCELED' | 'ETIMEDOUT';

/** What can come with a {@link CliError}. */
export interface CliErrorDetails {
  readonly cause?: unknown;
}

/** Something that the command itself could not do: write a file, or its output. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
  readonly code: CliErrorCode;
  readonly hint: string;

  constructor(code: CliErrorCode, message: string, hint: string, details: CliErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : {});
    this.code = code;
    this.hint = hint;
  }
}

/** A command line that asks for something that makes no sense. */
export class UsageError extends CliError {
  override readonly name = 'UsageError';
}

/** A value that an option cannot have. Its parser does not know the option: whoever declares it adds the name. */
export class InvalidValue extends CliError {
  override readonly name = 'InvalidValue';
}

/** @param hint what to give instead. */
export const invalid = (hint: string): InvalidValue =>
  new InvalidValue('EINVAL', 'the option cannot have this value', hint);

/** How an {@link Interruption} ends the process. */
export interface InterruptionDetails extends CliErrorDetails {
  readonly exitCode: number;
  /** Nothing is said any more: nobody reads it, or it was said before. */
  readonly isQuiet: boolean;
}

/** The reason why work ends before its time. */
export class Interruption extends CliError {
  override readonly name = 'Interruption';
  readonly exitCode: number;
  readonly isQuiet: boolean;

  constructor(code: CliErrorCode, message: string, hint: string, details: InterruptionDetails) {
    super(code, message, hint, details);
    this.exitCode = details.exitCode;
    this.isQuiet = details.isQuiet;
  }
}

/** Somebody asked the process to end, or (SIGPIPE) nobody reads its output. The exit code is 128 and the signal's number. */
export function stoppedBy(signal: NodeJS.Signals): Interruption {
  return new Interruption('ECANCELED', `stopped by ${signal}`, 'run it again', {
    exitCode: 128 + constants.signals[signal],
    isQuiet: signal === 'SIGPIPE',
  });
}

/** Why a system call failed, in Node's words: without its name and the path, which whoever tells of it has said. */
export const reasonOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).replace(/, [a-z]+(?: '.*')?$/s, '');
