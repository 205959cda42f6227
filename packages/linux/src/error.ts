/** Errno names that this package fails with. */
export type LinuxErrorCode =
  | 'EINVAL'
  | 'EFBIG'
  | 'ENOSPC'
  | 'ENOENT'
  | 'EEXIST'
  | 'ESTALE'
  | 'ENOTDIR'
  | 'EACCES'
  | 'EPERM'
  | 'EIO'
  | 'EOPNOTSUPP';

/** What a {@link LinuxError} points at. */
export interface LinuxErrorDetails {
  /** The offending value. */
  readonly value?: string | undefined;
  /** The file or folder, as it is called on the host that it belongs to. */
  readonly path?: string | undefined;
  /** The error underneath. */
  readonly cause?: unknown;
}

/** The only error of this package. The message says what is wrong; the hint says what to do, and is not part of it. */
export class LinuxError extends Error {
  override readonly name = 'LinuxError';
  readonly code: LinuxErrorCode;
  /** What to do. */
  readonly hint: string;
  readonly value: string | undefined;
  readonly path: string | undefined;

  constructor(code: LinuxErrorCode, message: string, hint: string, details: LinuxErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = hint;
    this.value = details.value;
    this.path = details.path;
  }
}
