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

/** A host that cannot kexec; the findings have been printed. */
export class BlockedError extends Error {
  override readonly name = 'BlockedError';
  readonly code = 'EBUSY';

  constructor(blockers: number) {
    super(`${blockers} ${blockers === 1 ? 'thing stands' : 'things stand'} in the way of kexec on this host`);
  }
}
