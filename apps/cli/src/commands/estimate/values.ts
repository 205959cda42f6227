import type { MapValues } from '../../options/map.ts';
import type { OutputValues } from '../../options/output.ts';

/** What `kexeckit estimate` can be told. */
export interface EstimateValues extends MapValues, OutputValues {
  readonly kernel?: string;
  readonly initrd?: string;
  /** Bytes, or those that are loaded here. */
  readonly modules?: bigint | 'auto';
  /** Bytes that unlocking the target takes. */
  readonly luks?: bigint;
  /** Bytes of a page of the crash kernel. */
  readonly pageSize?: '4K' | '16K' | '64K';
  readonly smmu?: boolean;
  readonly mlx5?: boolean;
  /** Bytes of RAM. */
  readonly memory?: bigint;
  /** A release. */
  readonly release?: string;
}
