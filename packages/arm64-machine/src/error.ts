/** `EINVAL` a machine, program or snapshot that makes no sense · `ENXIO` there is no RAM at the address. */
export type MachineErrorCode = 'EINVAL' | 'ENXIO';

/** What else a `MachineError` says. */
export interface MachineErrorDetails {
  /** The physical address that it is about. */
  readonly address?: bigint;
  readonly cause?: unknown;
}

/** What the owner of a machine asked of it that cannot be done; what a program does wrong is a `MachineFault`. */
export class MachineError extends Error {
  override readonly name = 'MachineError';
  readonly code: MachineErrorCode;
  readonly hint: string;
  readonly address: bigint | undefined;

  constructor(code: MachineErrorCode, message: string, hint: string, details: MachineErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.hint = hint;
    this.address = details.address;
  }
}
