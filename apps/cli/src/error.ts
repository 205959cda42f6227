/** Errno names that the command itself fails with. */
export type CliErrorCode = 'EINVAL' | 'ENOENT' | 'EACCES' | 'EIO';

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

/** A value that an option cannot have. The parser does not know the option: whoever declares it adds its name. */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue';
  readonly code = 'EINVAL';
  readonly hint: string;

  constructor(hint: string) {
    super('the option cannot have this value');
    this.hint = hint;
  }
}

/** The reason why the work ends before its time: a signal, or nobody who reads what it prints (SIGPIPE). */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly code = 'ECANCELED';
  readonly hint = 'run it again';
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`stopped by ${signal}`);
    this.signal = signal;
  }
}
