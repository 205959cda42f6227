import type { Granule, PaBits, Regime } from '@kexeckit/arm64-pgtable';
import type { MapValues } from '../../options/map.ts';
import type { OutputValues } from '../../options/output.ts';

/** What an address space is. */
export interface SpaceValues {
  readonly regime?: Regime;
  readonly granule?: Granule;
  readonly vaBits?: number;
  readonly paBits?: PaBits;
  readonly half?: 'lower' | 'upper';
  readonly tcr?: bigint;
  readonly mair?: bigint;
}

/** Where tables are read. */
export interface DumpValues extends OutputValues, SpaceValues {
  readonly base?: bigint;
  readonly ttbr?: bigint;
}

/** What `kexeckit tables check` can be told. */
export interface CheckValues extends DumpValues, MapValues {}

/** What `kexeckit tables build` can be told. */
export interface BuildValues extends OutputValues, SpaceValues, MapValues {
  readonly identity?: boolean;
  readonly base?: bigint;
  readonly output?: string;
}

/** What can be decoded. */
export const DECODED = ['descriptor', 'tcr', 'ttbr', 'mair', 'par'] as const;

/** What `kexeckit tables decode` can be told. */
export interface DecodeValues extends OutputValues, SpaceValues {
  readonly as?: (typeof DECODED)[number];
  readonly level?: number;
}
