import type { StrategyName } from '@kexeckit/relocation/strategies';
import type { FileValues } from '../../options/files.ts';
import type { OutputValues } from '../../options/output.ts';

/** Where rollouts are kept. */
export interface DatabaseValues {
  /** `postgresql://…`, or a folder. */
  readonly database?: string;
}

/** What `kexeckit fleet plan` can be told. */
export interface FleetPlanValues extends OutputValues, FileValues {
  readonly inventory?: string;
  readonly inventoryCommand?: readonly [string, ...string[]];
  readonly policy?: string;
  readonly atOnce?: number;
  readonly append?: string;
  readonly strategy?: StrategyName;
  readonly release?: string;
  readonly rehearse?: 'once' | 'thorough';
  readonly agent?: string;
  readonly id?: string;
  readonly output?: string;
}

/** What commands can be told that only look at rollouts, or take part in them. */
export interface FleetValues extends OutputValues, DatabaseValues {}

/** What `kexeckit fleet pause` and `abort` can be told. */
export interface StopValues extends FleetValues {
  readonly why?: string;
}

/** What `kexeckit fleet resume` can be told. */
export interface ResumeValues extends FleetValues {
  readonly failureBudget?: number;
}

/** What `kexeckit fleet report` can be told. */
export interface ReportValues extends FleetValues {
  readonly html?: string;
  readonly prometheus?: string;
}

/** What `kexeckit fleet farm` can be told. */
export interface FarmValues extends OutputValues {
  readonly hosts?: number;
  readonly trouble?: number;
  readonly seed?: number;
  readonly speed?: number;
  readonly release?: string;
  readonly files?: string;
}
