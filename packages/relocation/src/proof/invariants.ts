/** Everything that a proof shows, each with its statement. */
export const invariants = {
  numbers: 'every address, page frame number and count of the plan is one, and none is of more than was loaded',
  machine: 'the plan is for this machine: exception level, VHE, soft restart, granule',
  segments: 'destinations are whole pages, and no two overlap',
  roles:
    "every page that is touched has a role on the machine that permits it: what is loaded goes to usable RAM or the strategy's region, what is moved may also go over the running kernel, and the console is the machine's",
  sources: "every source is its own destination or nobody's, and no two destinations share one",
  'control pages': 'control pages are distinct, and neither a source nor a destination',
  copies: 'pages are copied to copied segments only, and over nothing that the plan owns, whether the MMU is on or off',
  'entry list': 'the list makes exactly the planned copies: every page of every copied segment once',
  order: 'no copy overwrites a source that is still to be read',
  translation:
    'the values that the routine writes to TCR, MAIR, TTBR0 and SCTLR describe exactly the space of its tables, walked write-back and inner shareable, within what the CPU has; it writes no other system register',
  descriptors:
    'every entry of every table is canonical: Normal write-back inner shareable or Device-nGnRE, accessed, global, closed to EL0, tables without limits, contiguous groups whole, unused entries zero',
  mappings: 'every access of the routine is identity-mapped as Normal memory with just the right permission',
  'nothing else mapped':
    'only RAM that nobody keeps from being mapped is mapped, each page to itself; only destinations writable, only the routine executable',
  loaded: 'control pages stand in memory byte for byte as planned, and nothing else was loaded',
  content: 'every destination byte ends equal to its segment, zero beyond its content',
  digests:
    'every record, length, constant and digest that the routine reads is what the bytes of the segments give now, in the order in which they are digested',
  cleaned: 'everything that is read with the MMU off has been cleaned to the point of coherency',
  routine:
    'the routine begins with its page, leaves by one jump to the entry with the registers of the boot protocol, stops where the plan says, and is, word for word, the one emitted for this plan',
  'hand-over':
    "kernel header, segments, places and /chosen follow the boot protocol, and the device tree is the machine's, node for node and property for property, but for what a kexec changes",
} as const;

/** The name of an invariant. */
export type Invariant = keyof typeof invariants;

const PAGES = ['page', 'pages'] as const;

/** What invariants are counted in that are not counted in pages: one of them, and several. */
const units: Readonly<Partial<Record<Invariant, readonly [one: string, several: string]>>> = {
  numbers: ['plan', 'plans'],
  machine: ['property', 'properties'],
  translation: ['write', 'writes'],
  descriptors: ['entry', 'entries'],
  mappings: ['access', 'accesses'],
  routine: ['word', 'words'],
  'hand-over': ['segment', 'segments'],
};

/** What so many items of an invariant are called: `page`, `pages`. */
export const unitOf = (invariant: Invariant, count: number): string => (units[invariant] ?? PAGES)[count === 1 ? 0 : 1];

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
  /** How many of its unit were checked. */
  readonly checked: number;
  /** What is counted, as that number has it: `page` or `pages`. */
  readonly unit: string;
  readonly violations: number;
}

/** What was proved, and what was not. */
export interface Proof {
  readonly checks: readonly Checked[];
  /** The first violations of each invariant; `Checked.violations` has their full number. */
  readonly violations: readonly Violation[];
}
