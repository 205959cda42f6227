/** Errno names that this package fails with. */
export type LinuxErrorCode = 'EINVAL' | 'ENOENT' | 'ENOTDIR' | 'EACCES' | 'EPERM' | 'EIO' | 'EOPNOTSUPP';

/** What went wrong, with what, and what to do about it. */
export interface LinuxErrorDetails {
  /** Errno name of the fault. */
  readonly code: LinuxErrorCode;
  /** What to do. */
  readonly hint: string;
  /** The offending value. */
  readonly value?: string | undefined;
  /** The file or folder, as it is called on the host that it belongs to. */
  readonly path?: string | undefined;
  readonly cause?: unknown;
}

/** The one error of this package. */
export class LinuxError extends Error {
  override readonly name = 'LinuxError';
  readonly code: LinuxErrorCode;
  readonly hint: string;
  readonly value: string | undefined;
  readonly path: string | undefined;

  constructor(message: string, details: LinuxErrorDetails) {
    super(`${message}; ${details.hint}`, { cause: details.cause });
    this.code = details.code;
    this.hint = details.hint;
    this.value = details.value;
    this.path = details.path;
  }
}
