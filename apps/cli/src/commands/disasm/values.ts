import type { OutputValues } from '../../options/output.ts';

/** What `kexeckit disasm` can be told. */
export interface DisasmValues extends OutputValues {
  readonly words?: boolean;
  readonly raw?: boolean;
  readonly base?: bigint;
  readonly offset?: number;
  readonly length?: number;
}
