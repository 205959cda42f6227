/** Everything that a proof shows, each with its statement. */
export const invariants = {
  segments: 'destinations are whole pages of System RAM, and no two overlap',
  sources: "every source is its own destination or nobody's, and no two destinations share one",
  'control pages': 'control pages are distinct, in RAM, and neither a source nor a destination',
  'entry list': 'the list makes exactly the planned copies: every page of every copied segment once',
  order: 'no copy overwrites a source that is still to be read',
  mappings: 'every access of the routine is identity-mapped as Normal memory with just the right permission',
  'nothing else mapped':
    'only System RAM is mapped, each page to itself; only destinations writable, only the routine executable',
  loaded: 'control pages stand in memory byte for byte as planned',
  content: 'every destination byte ends equal to its segment, zero beyond its content',
  cleaned: 'everything that is read with the MMU off has been cleaned to the point of coherency',
  routine: 'the routine is, word for word, the one emitted for this plan',
  'hand-over': 'entry and device tree follow the boot protocol',
} as const;

/** The name of an invariant. */
export type Invariant = keyof typeof invariants;

/** One way in which a plan, or memory as it was loaded, breaks an invariant. */
export interface Violation {
  readonly invariant: Invariant;
  /** Physical address of the page that the complaint is about. */
  readonly address: bigint | undefined;
  /** Who claims that page; two where two do. */
  readonly owners: readonly string[];
  readonly detail: string;
}

/** An invariant that was looked at, and how much of it there was to look at. */
export interface Checked {
  readonly invariant: Invariant;
  readonly statement: string;
  /** Pages, entries or words that were checked. */
  readonly checked: number;
  readonly violations: number;
}

/** What was proved, and what was not. */
export interface Proof {
  readonly checks: readonly Checked[];
  /** The first violations of each invariant; `Checked.violations` has their full number. */
  readonly violations: readonly Violation[];
}
