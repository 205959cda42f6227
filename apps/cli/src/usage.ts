/** A command line that asks for something that makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'EINVAL';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(`${message}; ${hint}`);
    this.hint = hint;
  }
}
