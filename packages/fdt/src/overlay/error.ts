import { FdtError, type FdtErrorCode } from '../error.ts';

/** The error for an overlay that contradicts itself. */
export function badOverlay(message: string, value?: unknown): FdtError {
  return new FdtError('EINVAL', message, 'compile the overlay again, with dtc -@ or parseDts', { value });
}

/** The error for something that the tree does not have. */
export function lacking(message: string, value: unknown, code: FdtErrorCode = 'ENOENT'): FdtError {
  const hint = 'take the tree that the overlay is for, compiled with symbols (dtc -@)';
  return new FdtError(code, message, hint, { value });
}
