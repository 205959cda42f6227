/**
 * What `@kexeckit/a64` throws: a value that has no encoding, or text that names nothing.
 *
 * `code` is `EINVAL` for a malformed request and `ERANGE` for a value outside the field that should hold it.
 */
export class A64Error extends Error {
  override readonly name = 'A64Error';
  readonly code: 'EINVAL' | 'ERANGE';
  readonly hint: string;

  constructor(code: 'EINVAL' | 'ERANGE', message: string, hint: string) {
    super(`${message}; ${hint}`);
    this.code = code;
    this.hint = hint;
  }
}
