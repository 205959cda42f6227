import type { OutputValues } from '../../options/output.ts';

/** What `kexeckit memory` can be told. */
export interface MemoryValues extends OutputValues {
  readonly lenient?: boolean;
  readonly all?: boolean;
  /** Bytes, each. */
  readonly fits?: readonly bigint[];
  readonly align?: bigint;
  readonly below?: bigint;
}
