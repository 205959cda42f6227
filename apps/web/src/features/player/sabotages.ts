import { pickKeys } from '../../shared/keys.ts';

/** A switch: what it is called, and what it does to the loaded bytes. */
export interface SabotageWords {
  readonly title: string;
  readonly does: string;
}

/** All switches, in the order in which they are shown. */
export const sabotages = {
  clean: { title: 'No cleaning', does: 'every DC CIVAC and DC CVAC of the routine becomes NOP' },
  tlbi: { title: 'No TLBI', does: 'every TLBI becomes NOP: what the old kernel mapped stays in the TLB' },
  ic: { title: 'No IC IALLU', does: 'every IC IALLU becomes NOP: old code stays in the instruction cache' },
  dsb: { title: 'No DSB', does: 'every DSB becomes NOP' },
  isb: { title: 'No ISB', does: 'every ISB becomes NOP' },
  descriptor: {
    title: 'A wrong descriptor',
    does: 'the descriptor that maps a destination in the middle loses its valid bit',
  },
  list: { title: 'A wrong list', does: 'a destination in the entry list is off by one page' },
  bit: { title: 'A wrong bit', does: 'one bit of a segment changes in memory, behind its digest' },
} as const satisfies Readonly<Record<string, SabotageWords>>;

export type SabotageName = keyof typeof sabotages;

export const sabotageNames: readonly SabotageName[] = pickKeys(sabotages);

/** The sabotage of a name, as an address has it. */
export const sabotageOf = (name: string | undefined): SabotageName | undefined =>
  sabotageNames.find((each) => each === name);
