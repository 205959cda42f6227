import type { RoutinePart, StrategyName } from '@kexeckit/relocation';
import type { SabotageName } from './sabotages.ts';

/** What is asked for: a strategy, and what is broken of it first. */
export interface PlayerQuestion {
  readonly strategy: StrategyName;
  readonly sabotage: SabotageName | undefined;
}

/** A word of the routine's page, or of the vectors'. */
export interface ProgramLine {
  readonly address: bigint;
  readonly word: number;
  /** As the assembler writes it; of a literal, its value. */
  readonly text: string;
  /** The part that begins here. */
  readonly part: RoutinePart['name'] | 'vectors' | undefined;
  /** What stood here before it was sabotaged. */
  readonly before: string | undefined;
}

/** Words of the entry list in the order in which they are read, and where each stands. */
export interface EntryTable {
  readonly words: BigUint64Array;
  readonly addresses: BigUint64Array;
}

/** Pages that are copied, in the order of the list: page frame numbers. */
export interface CopiedPages {
  readonly sources: Float64Array;
  readonly destinations: Float64Array;
  /** The rank of each by address, among all sources, and among all destinations. */
  readonly sourceRanks: Uint32Array;
  readonly destinationRanks: Uint32Array;
}

/** A segment that nothing is copied for. */
export interface StandingSegment {
  readonly name: string;
  readonly placement: 'in-place' | 'delivered';
  readonly pages: number;
}

/** When a part of the routine is first entered. */
export interface Mark {
  readonly part: RoutinePart['name'];
  readonly step: number;
}

/**
 * Who found something wrong: the proof, before anything ran; the strict machine, while the routine ran; the routine, which compares
 * digests; the check of the arrival, at the jump.
 */
export type Catcher = 'proof' | 'machine' | 'routine' | 'arrival';

/** What somebody found wrong. */
export interface Finding {
  readonly by: Catcher;
  /** An invariant, a rule or fault, or what the arrival complains about. */
  readonly name: string;
  readonly detail: string;
  /** Empty where nothing is advised. */
  readonly hint: string;
  /** How many of this there are. */
  readonly count: number;
  /** The step at which it was found; none before the run. */
  readonly step: number | undefined;
  /** The instruction that was about to be executed, and what it was about to touch; for the proof, the page that it is about. */
  readonly pc: bigint | undefined;
  readonly instruction: string;
  readonly address: bigint | undefined;
}

/** What is known of a reboot before it runs. */
interface FactsBefore extends PlayerQuestion {
  readonly program: readonly ProgramLine[];
  readonly entries: EntryTable;
  readonly pages: CopiedPages;
  readonly standing: readonly StandingSegment[];
  /** Sabotages that this reboot has something for. */
  readonly possible: readonly SabotageName[];
}

/** How a run went. */
export interface FactsOfRun {
  /** The step at which it ends. */
  readonly total: number;
  readonly marks: readonly Mark[];
  readonly findings: readonly Finding[];
  /** Whether it ends where a routine stops: at the jump, or where a digest is wrong. */
  readonly stops: boolean;
  /** Whether it ends at the jump to the next kernel. */
  readonly jumps: boolean;
}

/** Everything about a reboot that does not change from step to step. */
export type PlayerFacts = FactsBefore & FactsOfRun;

/** How far a page has come. */
export const pageStates = { waiting: 0, underWay: 1, dirty: 2, unfinished: 3, clean: 4 } as const;

/** A TLB entry. */
export interface TlbLine {
  readonly page: number;
  readonly frame: number;
  readonly rights: string;
  /** Whether other software left it. */
  readonly stale: boolean;
}

/** The machine after so many steps. */
export interface PlayerState {
  readonly step: number;
  readonly pc: bigint;
  /** x0 to x30. */
  readonly registers: BigUint64Array;
  /** NZCV and DAIF, as four bits each. */
  readonly flags: number;
  readonly daif: number;
  readonly exceptionLevel: number;
  readonly mmu: boolean;
  readonly dataCache: boolean;
  readonly instructionCache: boolean;
  /** System registers by name. */
  readonly system: readonly (readonly [name: string, value: bigint])[];
  /** Which entry was read last; -1 before the first. */
  readonly entry: number;
  /** How far each page has come, as `pageStates`. */
  readonly pages: Uint8Array;
  /** Lines of destinations that are newer in the cache than in memory, and pages that have some. */
  readonly dirtyLines: number;
  readonly dirtyPages: number;
  /** Pages of which lines are being cleaned, and no DSB has come behind. */
  readonly unfinishedPages: number;
  readonly tlb: { readonly size: number; readonly stale: number; readonly last: readonly TlbLine[] };
  readonly icache: { readonly decoded: number; readonly oldFrames: number };
  readonly counters: readonly (readonly [name: string, value: number])[];
  readonly console: string;
}
