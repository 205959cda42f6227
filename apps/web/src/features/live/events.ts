import type { PhaseName, ReadBack, Timeline } from '@kexeckit/reboot';
import type { Words } from '../../shared/words.ts';

/** What a reboot came to, as far as the page shows it: of what `kexeckit reboot --json` prints. */
export interface LiveReport {
  readonly strategy: string;
  readonly timeline: Timeline['phases'];
  readonly destinations: readonly ReadBack[];
  readonly proof: { readonly checks: readonly { readonly checked: number; readonly violations: number }[] };
  readonly breadcrumbs: string;
  /** A physical address, `0x…`. */
  readonly jump: string;
  readonly nextKernel?: { readonly version?: string; readonly reached: string };
}

/** Why there is none. */
export interface LiveFailure extends Words {
  readonly phase: PhaseName | null;
  /** The last lines of the console. */
  readonly console: readonly string[];
}

/** What the host tells of a machine while it runs; seconds are since it was asked for, on the host's clock. */
export type LiveEvent =
  | { readonly type: 'phase'; readonly phase: PhaseName; readonly seconds: number }
  | { readonly type: 'planned'; readonly notes: readonly string[]; readonly seconds: number }
  | { readonly type: 'proved'; readonly checks: number; readonly violations: number; readonly seconds: number }
  | { readonly type: 'console'; readonly text: string }
  /** The beginning of the console, or a part of it, is no longer kept. */
  | { readonly type: 'gap' }
  /** The next kernel is up, and its console can be typed on; what it came to is known. */
  | { readonly type: 'up'; readonly report: LiveReport; readonly seconds: number }
  | { readonly type: 'end'; readonly how: 'arrived'; readonly report: LiveReport; readonly seconds: number }
  | {
      readonly type: 'end';
      readonly how: 'failed' | 'cancelled';
      readonly error: LiveFailure;
      readonly seconds: number;
    };

/** The types of all events. */
export const eventTypes: readonly LiveEvent['type'][] = ['phase', 'planned', 'proved', 'console', 'gap', 'up', 'end'];

/** Reads an event of the host, which is of the same version as this page. */
export const eventOf = (type: LiveEvent['type'], data: string): LiveEvent => ({ ...JSON.parse(data), type });
