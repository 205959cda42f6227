/**
 * System registers and system instructions by name.
 *
 * Each is listed as its `op0 op1 CRn CRm op2`, which an MRS, MSR or SYS encoding carries in bits 20 to 5
 * (Arm ARM C5.3, C5.4 and D24).
 */
const registers = {
  ctr_el0: '3 3 0 0 1',
  currentel: '3 0 4 2 2',
  daif: '3 3 4 2 1',
  midr_el1: '3 0 0 0 0',
  mpidr_el1: '3 0 0 0 5',
  id_aa64mmfr0_el1: '3 0 0 7 0',
  sctlr_el1: '3 0 1 0 0',
  ttbr0_el1: '3 0 2 0 0',
  ttbr1_el1: '3 0 2 0 1',
  tcr_el1: '3 0 2 0 2',
  mair_el1: '3 0 10 2 0',
  vbar_el1: '3 0 12 0 0',
  par_el1: '3 0 7 4 0',
  sctlr_el2: '3 4 1 0 0',
  hcr_el2: '3 4 1 1 0',
  ttbr0_el2: '3 4 2 0 0',
  tcr_el2: '3 4 2 0 2',
  mair_el2: '3 4 10 2 0',
  vbar_el2: '3 4 12 0 0',
  ttbr1_el2: '3 4 2 0 1',
  vttbr_el2: '3 4 2 1 0',
  vtcr_el2: '3 4 2 1 2',
  scr_el3: '3 6 1 1 0',
  spsr_el2: '3 4 4 0 0',
  elr_el2: '3 4 4 0 1',
  spsr_el3: '3 6 4 0 0',
  elr_el3: '3 6 4 0 1',
  esr_el3: '3 6 5 2 0',
  vbar_el3: '3 6 12 0 0',
} as const;

const operations = {
  'dc ivac': '1 0 7 6 1',
  'dc cvac': '1 3 7 10 1',
  'dc cvau': '1 3 7 11 1',
  'dc civac': '1 3 7 14 1',
  'dc zva': '1 3 7 4 1',
  'ic ivau': '1 3 7 5 1',
  'at s1e1r': '1 0 7 8 0',
  'at s1e1w': '1 0 7 8 1',
  'at s1e0r': '1 0 7 8 2',
  'at s1e0w': '1 0 7 8 3',
  'at s12e1r': '1 4 7 8 4',
  'at s12e1w': '1 4 7 8 5',
  'at s12e0r': '1 4 7 8 6',
  'at s12e0w': '1 4 7 8 7',
  'at s1e2r': '1 4 7 8 0',
  'at s1e2w': '1 4 7 8 1',
  'tlbi vae1': '1 0 8 7 1',
  'tlbi vae2': '1 4 8 7 1',
} as const;

/** Those that take no register: the encoding holds 31 in Rt. */
const bareOperations = {
  'ic iallu': '1 0 7 5 0',
  'ic ialluis': '1 0 7 1 0',
  'tlbi vmalle1': '1 0 8 7 0',
  'tlbi vmalle1is': '1 0 8 3 0',
  'tlbi alle1': '1 4 8 7 4',
  'tlbi alle2': '1 4 8 7 0',
  'tlbi alle2is': '1 4 8 3 0',
} as const;

/** A system register that the table knows by name. */
export type SystemRegister = keyof typeof registers;
/** A cache, TLB or address-translation instruction that takes a register. */
export type SystemOperation = keyof typeof operations;
/** A cache or TLB instruction that takes no register. */
export type BareSystemOperation = keyof typeof bareOperations;

const conditions = 'eq ne cs cc mi pl vs vc hi ls ge lt gt le al nv'.split(' ');
/** A condition code (Arm ARM C1.2.4). */
export type Condition =
  | 'eq'
  | 'ne'
  | 'cs'
  | 'cc'
  | 'mi'
  | 'pl'
  | 'vs'
  | 'vc'
  | 'hi'
  | 'ls'
  | 'ge'
  | 'lt'
  | 'gt'
  | 'le'
  | 'al'
  | 'nv';

const barriers = {
  oshld: 1,
  oshst: 2,
  osh: 3,
  nshld: 5,
  nshst: 6,
  nsh: 7,
  ishld: 9,
  ishst: 10,
  ish: 11,
  ld: 13,
  st: 14,
  sy: 15,
};
/** The domain and access types of a DSB or DMB (Arm ARM C6.2, `DSB`). */
export type Barrier = keyof typeof barriers;

/** Joins `op0 op1 CRn CRm op2` (2, 3, 4, 4 and 3 bits) into the 16-bit field, for each name. */
function fieldsOf(list: Readonly<Record<string, string>>): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(list).map(([name, parts]) => {
      const [op0 = 0, op1 = 0, crn = 0, crm = 0, op2 = 0] = parts.split(' ').map(Number);
      return [name, (op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2];
    }),
  );
}

const nameTables: Record<NamedKind, ReadonlyMap<string, number>> = {
  sysreg: fieldsOf(registers),
  sysop: fieldsOf(operations),
  bareop: fieldsOf(bareOperations),
  cond: new Map(conditions.map((name, value) => [name, value])),
  barrier: new Map(Object.entries(barriers)),
};

const valueTables = new Map(
  Object.entries(nameTables).map(([kind, names]) => [kind, new Map([...names].map(([name, value]) => [value, name]))]),
);

/** The operand kinds that are written as a name from a fixed list. */
export type NamedKind = 'sysreg' | 'sysop' | 'bareop' | 'cond' | 'barrier';

/** The field value of a name, or `undefined` where the list does not hold it. */
export function valueOfName(kind: NamedKind, name: string): number | undefined {
  return nameTables[kind].get(name);
}

/** The name of a field value, or `undefined` where the list has none. */
export function nameOfValue(kind: NamedKind, value: number): string | undefined {
  return valueTables.get(kind)?.get(value);
}
