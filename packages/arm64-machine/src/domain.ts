import type { InstructionInvalidation } from './code-line.ts';
import type { Mmu } from './mmu.ts';

/** A CPU as the others see it that share its caches and TLB maintenance. */
export interface DomainMember {
  readonly mmu: Mmu;
  /** Loses the shortcuts before the TLB. */
  forgetTranslations(): void;
  /** Drops the instructions that it has fetched; see `InstructionInvalidation`. */
  invalidateInstructions(what: InstructionInvalidation): void;
}

/** The CPUs of one inner shareable domain, as one of them sees it: broadcast maintenance reaches all of them. */
export interface Domain {
  readonly own: DomainMember;
  /** All of them, `own` included. */
  members: readonly DomainMember[];
}
