import type { PhaseName } from '@kexeckit/reboot';
import type { ArrivalJson } from '../../../json/reboot.ts';
import type { QemuLimits } from './limits.ts';

// What the server and the process that boots for it say to each other; both are of one version.

/** What the process is started with; the body of the request follows on its standard input. */
export interface BootOrder {
  readonly limits: QemuLimits;
  readonly bodyBytes: number;
}

/** Why there is no arrival. */
export interface BootFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly phase: PhaseName | null;
  /** The last lines of the console. */
  readonly console: readonly string[];
}

/** What it tells. */
export type FromBooter =
  | { readonly type: 'phase'; readonly phase: PhaseName }
  | { readonly type: 'planned'; readonly notes: readonly string[] }
  | { readonly type: 'proved'; readonly checks: number; readonly violations: number }
  | { readonly type: 'console'; readonly text: string }
  /** The next kernel is up, and its console can be typed on. */
  | { readonly type: 'up'; readonly report: ArrivalJson }
  /** The machine has read so many bytes of what was typed. */
  | { readonly type: 'read'; readonly bytes: number }
  | { readonly type: 'arrived'; readonly report: ArrivalJson }
  | { readonly type: 'failed'; readonly error: BootFailure };

/** What it is told. */
export type ToBooter =
  | { readonly type: 'input'; readonly bytes: Uint8Array }
  /** Ends a machine whose next kernel is up. */
  | { readonly type: 'leave' }
  /** Ends it before that. */
  | { readonly type: 'stop' };

/** Whether something that came from the other process is a message; of which kind, its type says. */
export const isFromBooter = (value: unknown): value is FromBooter => hasType(value);

/** The same of what came from the server. */
export const isToBooter = (value: unknown): value is ToBooter => hasType(value);

const hasType = (value: unknown): boolean => typeof value === 'object' && value !== null && 'type' in value;
