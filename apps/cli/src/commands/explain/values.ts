import type { MapValues } from '../../options/map.ts';
import type { OutputValues } from '../../options/output.ts';

/** What `kexeckit explain` can be told. */
export interface ExplainValues extends MapValues, OutputValues {
  readonly file?: string;
  /** Bytes of RAM. */
  readonly memory?: bigint;
  readonly log?: string;
  /** A release. */
  readonly kernel?: string;
  readonly max?: number;
  readonly root?: string;
}
