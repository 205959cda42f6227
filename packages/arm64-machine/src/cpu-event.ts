import type { ExceptionLevel } from './system.ts';

/** What is worth telling about a CPU that runs. */
export type CpuEvent =
  | {
      readonly type: 'exception';
      readonly cpu: number;
      readonly pc: bigint;
      readonly level: ExceptionLevel;
      readonly esr: bigint;
    }
  | { readonly type: 'return'; readonly cpu: number; readonly pc: bigint; readonly level: ExceptionLevel }
  | { readonly type: 'maintenance'; readonly cpu: number; readonly what: string };
