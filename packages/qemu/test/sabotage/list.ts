import { encode } from '@kexeckit/a64';
import type { LoadedReboot } from '@kexeckit/reboot';
import {
  addressOf,
  CopyRuns,
  IND_DESTINATION,
  IND_DONE,
  IND_INDIRECTION,
  IND_SOURCE,
  type Invariant,
  pfnOf,
} from '@kexeckit/relocation';
import {
  bytesOf,
  type Choose,
  controlPages,
  copiesOf,
  descriptorsOf,
  entriesOf,
  leafOf,
  moveControlPage,
  pick,
  Routine,
  replan,
  some,
} from './tools.ts';
import type { Verdict } from './verdict.ts';
import type { Setup } from './victim.ts';

/** What a sabotage is done to. */
export type SabotageKind = 'plan' | 'memory' | 'routine' | 'machine state';

/** One way to break a correct reboot, and what is known to catch it. */
export interface Sabotage {
  readonly name: string;
  readonly kind: SabotageKind;
  /** The sort of rule that it breaks, where hardware does not report it: then the strict machine must catch it alone. */
  readonly breach?: 'cache' | 'TLB' | 'barrier';
  readonly on: readonly Setup[];
  /** The invariant of the proof that names it first. */
  readonly proof: Invariant;
  /** What the strict machine says, the proof not asked: one of these. None: it has no effect that a machine could see. */
  readonly machine: readonly Verdict[];
  /** Only an adversary brings it to light on the machine. */
  readonly adversary?: true;
  /** What QEMU does up to the jump, where it was tried: end with the right bytes and registers, or not. */
  readonly qemu?: 'misses' | 'catches';
  /** Breaks it, at a place that is chosen. Gives back another plan where one is needed. */
  commit(victim: LoadedReboot, choose: Choose): LoadedReboot | undefined;
}

const on1: Setup = { strategy: 'mmu-on', state: 'EL1', verify: true };
const on2: Setup = { ...on1, state: 'EL2' };
const vhe: Setup = { ...on1, state: 'VHE' };
const soft: Setup = { ...on1, state: 'soft restart' };
const plain: Setup = { ...on2, verify: false };
const crumbs: Setup = { ...on1, breadcrumbs: true };
const off1: Setup = { strategy: 'mmu-off', state: 'EL1', verify: false };
const off2: Setup = { ...off1, state: 'EL2' };
const reserved: Setup = { strategy: 'reserved', state: 'EL1', verify: false };
const reservedVerified: Setup = { strategy: 'reserved', state: 'EL2', verify: true };
const crash: Setup = { strategy: 'crash-region', state: 'EL2', verify: false };
const mixed: Setup = { strategy: 'mixed', state: 'EL1', verify: false };
const mixedVerified: Setup = { strategy: 'mixed', state: 'EL2', verify: true };

/** Every setup: each is run unbroken too. */
export const setups: readonly Setup[] = [
  on1,
  on2,
  vhe,
  soft,
  plain,
  crumbs,
  off1,
  off2,
  reserved,
  reservedVerified,
  crash,
  mixed,
  mixedVerified,
];

/** Registers of the routine that sabotages name: see its `registers`. */
const [DESTINATION, CURSOR, PAGES_LEFT_ZERO] = [9, 13, 6];

/** A sabotage of the routine's words: the proof finds it, whatever it is, because it emits the routine anew. */
type RoutineSabotage = Omit<Sabotage, 'kind' | 'proof' | 'commit'> & {
  readonly patch: (routine: Routine, choose: Choose, victim: LoadedReboot) => void;
};

const inRoutine = ({ patch, ...rest }: RoutineSabotage): Sabotage => ({
  ...rest,
  kind: 'routine',
  proof: 'routine',
  commit: (victim, choose) => {
    patch(new Routine(victim), choose, victim);
    return undefined;
  },
});

const last = <T>(list: readonly T[]): T => some(list.at(-1), 'last one');

const cacheSabotages: readonly Sabotage[] = [
  inRoutine({
    name: 'DC CIVAC left out, MMU on',
    breach: 'cache',
    on: [on1, on2, vhe, plain],
    machine: ['dirty lines'],
    qemu: 'misses',
    patch: (routine) => routine.blank(routine.find('sys', 'dc civac')),
  }),
  inRoutine({
    name: 'DC CIVAC left out for one line in four',
    breach: 'cache',
    on: [plain],
    machine: ['dirty lines'],
    qemu: 'misses',
    patch: (routine, choose) => routine.blank([pick(routine.find('sys', 'dc civac').slice(0, 4), choose)]),
  }),
  inRoutine({
    name: 'DC CIVAC before the stores of its line',
    breach: 'cache',
    on: [plain],
    machine: ['dirty lines'],
    qemu: 'misses',
    patch: (routine, choose) => {
      const clean = pick(routine.find('sys', 'dc civac').slice(0, 4), choose);
      routine.move(clean, clean - 4);
    },
  }),
  inRoutine({
    name: 'DC CVAU for DC CIVAC: to the point of unification',
    breach: 'cache',
    on: [on1, on2],
    machine: ['dirty lines'],
    qemu: 'misses',
    patch: (routine) => routine.replace(routine.find('sys', 'dc civac'), encode('sys', 'dc cvau', CURSOR)),
  }),
  inRoutine({
    name: 'DC IVAC for DC CIVAC: the copy is dropped',
    breach: 'cache',
    on: [on1, plain],
    machine: ['contents'],
    qemu: 'misses',
    patch: (routine) => routine.replace(routine.find('sys', 'dc civac'), encode('sys', 'dc ivac', CURSOR)),
  }),
  inRoutine({
    name: 'DC ZVA for DC CIVAC: the copy is zeroed',
    on: [on1, plain],
    machine: ['dirty lines'],
    qemu: 'catches',
    patch: (routine) => routine.replace(routine.find('sys', 'dc civac'), encode('sys', 'dc zva', CURSOR)),
  }),
  inRoutine({
    name: 'DC CIVAC left out, MMU off: old lines stay',
    breach: 'cache',
    on: [off1, off2],
    machine: ['dirty-line-bypassed'],
    qemu: 'misses',
    patch: (routine) => routine.blank(routine.find('sys', 'dc civac')),
  }),
  inRoutine({
    name: 'DC CVAC for DC CIVAC, MMU off: old lines stay, clean',
    breach: 'cache',
    on: [off1, off2],
    machine: ['stale lines'],
    qemu: 'misses',
    patch: (routine) => routine.replace(routine.find('sys', 'dc civac'), encode('sys', 'dc cvac', CURSOR)),
  }),
  inRoutine({
    name: 'cache lines taken for twice as long, MMU off',
    breach: 'cache',
    on: [off1, off2],
    machine: ['dirty-line-bypassed'],
    qemu: 'misses',
    patch: (routine) => routine.replace(routine.find('movz', 12, 4, 0), encode('movz', 12, 8, 0)),
  }),
  inRoutine({
    name: 'DSB left out behind the old lines, MMU off',
    breach: 'barrier',
    on: [off1, off2],
    machine: ['maintenance-without-dsb'],
    qemu: 'misses',
    patch: (routine) => routine.blank([routine.after(last(routine.find('sys', 'dc civac')), 'dsb')]),
  }),
  inRoutine({
    name: 'DSB left out between the last DC CIVAC and the jump',
    breach: 'barrier',
    on: [on1, on2, vhe, plain],
    machine: ['unfinished lines'],
    qemu: 'misses',
    patch: (routine) => {
      const clean = last(routine.find('sys', 'dc civac'));
      routine.blank(routine.find('dsb').filter((at) => at > clean));
    },
  }),
  inRoutine({
    name: 'IC IALLU left out before the tables',
    breach: 'cache',
    on: [on1, on2, vhe, reservedVerified],
    machine: ['stale-instruction'],
    qemu: 'misses',
    patch: (routine) => routine.blank(routine.find('sys.bare', 'ic iallu').slice(0, 1)),
  }),
  inRoutine({
    name: 'IC IALLU left out before the jump',
    breach: 'cache',
    on: [off1, off2, reserved, crash],
    machine: ['old instructions'],
    qemu: 'misses',
    patch: (routine) => routine.blank(routine.find('sys.bare', 'ic iallu')),
  }),
  inRoutine({
    name: 'DSB left out behind the last IC IALLU',
    breach: 'barrier',
    on: [off1, reserved, crash],
    machine: ['old instructions'],
    qemu: 'misses',
    patch: (routine) => routine.blank(routine.find('dsb').slice(-1)),
  }),
  inRoutine({
    name: 'ISB left out behind the last IC IALLU',
    breach: 'barrier',
    on: [off2, reserved, crash],
    machine: ['old instructions'],
    qemu: 'misses',
    patch: (routine) => routine.blank(routine.find('isb')),
  }),
];

const translationSabotages: readonly Sabotage[] = [
  inRoutine({
    name: 'TLBI left out before the tables',
    breach: 'TLB',
    on: [on1, on2, vhe, reservedVerified],
    machine: ['stale-tlb'],
    qemu: 'misses',
    patch: (routine) => routine.blank([pickTlbi(routine)]),
  }),
  inRoutine({
    name: 'TLBI of one page for TLBI of all',
    breach: 'TLB',
    on: [on1],
    machine: ['stale-tlb'],
    qemu: 'misses',
    patch: (routine) => routine.replace([pickTlbi(routine)], encode('sys', 'tlbi vae1', 31)),
  }),
  inRoutine({
    name: "TLBI of EL1's regime at EL2",
    breach: 'TLB',
    on: [on2, plain],
    machine: ['stale-tlb'],
    qemu: 'misses',
    patch: (routine) => routine.replace([pickTlbi(routine)], encode('sys.bare', 'tlbi vmalle1')),
  }),
  inRoutine({
    name: 'TLBI behind the MMU, not before it',
    breach: 'TLB',
    on: [on1, on2],
    machine: ['stale-tlb'],
    qemu: 'misses',
    patch: (routine) => routine.move(pickTlbi(routine), routine.sctlr('on') + 1),
  }),
  inRoutine({
    name: 'DSB left out behind TLBI',
    breach: 'TLB',
    on: [on1, on2, vhe],
    machine: ['tlbi-without-dsb'],
    qemu: 'misses',
    patch: (routine) => routine.blank([routine.after(pickTlbi(routine), 'dsb')]),
  }),
  inRoutine({
    name: 'ISB left out before SCTLR turns the MMU on',
    breach: 'barrier',
    on: [on1, on2, vhe, soft],
    machine: ['missing-isb'],
    qemu: 'misses',
    patch: (routine) => routine.blank(routine.find('isb').filter((at) => at < routine.sctlr('on'))),
  }),
  inRoutine({
    name: 'ISB left out behind SCTLR, MMU on',
    breach: 'barrier',
    on: [on1, on2, vhe, plain],
    machine: ['missing-isb'],
    qemu: 'misses',
    patch: (routine) => routine.blank([routine.after(routine.sctlr('on'), 'isb')]),
  }),
  inRoutine({
    name: 'ISBs left out behind SCTLR, MMU off',
    breach: 'barrier',
    on: [on1, on2, plain],
    machine: ['missing-isb'],
    qemu: 'misses',
    patch: (routine) => routine.blank(routine.find('isb').filter((at) => at > routine.sctlr('off'))),
  }),
  inRoutine({
    name: 'MMU on before TTBR0 is written',
    on: [on1, plain],
    machine: ['missing-isb'],
    qemu: 'catches',
    patch: (routine) => {
      const turn = routine.sctlr('on');
      routine.swap(last(routine.find('msr').filter((at) => at < turn)), turn + 1);
    },
  }),
  inRoutine({
    name: 'MMU on by the SCTLR of another level',
    on: [on2],
    machine: ['dirty-line-bypassed'],
    patch: (routine) => routine.replace([routine.sctlr('on')], encode('msr', 'sctlr_el1', 16)),
  }),
  inRoutine({
    name: 'MMU left on',
    on: [on1, on2, vhe],
    machine: ['hand-over'],
    qemu: 'catches',
    patch: (routine) => routine.blank([routine.sctlr('off')]),
  }),
  inRoutine({
    name: 'data cache left on',
    on: [on1, on2],
    machine: ['hand-over'],
    qemu: 'misses',
    patch: (routine) => {
      const off = routine.sctlrLiteral('off');
      routine.literal(off, off | 4n);
    },
  }),
  inRoutine({
    name: 'MMU on without the data cache',
    breach: 'cache',
    on: [on1, on2],
    machine: ['translation-fault'],
    qemu: 'misses',
    patch: (routine) => {
      const value = routine.sctlrLiteral('on');
      routine.literal(value, value & ~4n);
    },
  }),
  inRoutine({
    name: 'wrong T0SZ',
    on: [on1, on2, vhe],
    machine: ['translation-fault'],
    qemu: 'catches',
    patch: (routine, choose, victim) => patchTcr(routine, victim, (tcr) => tcr + BigInt(9 + choose(6))),
  }),
  inRoutine({
    name: 'wrong granule in TCR',
    on: [on1, on2],
    machine: ['translation-fault'],
    patch: (routine, _, victim) => patchTcr(routine, victim, (tcr) => tcr | (1n << 14n)),
  }),
  inRoutine({
    name: 'output size of 32 bits in TCR',
    on: [on1, on2],
    machine: ['address-size-fault'],
    patch: (routine, _, victim) =>
      patchTcr(routine, victim, (tcr) => tcr & ~(7n << (victim.plan.relocation.exceptionLevel === 1 ? 32n : 16n))),
  }),
  inRoutine({
    name: 'table walks past the cache in TCR',
    breach: 'cache',
    on: [on1, on2, vhe],
    machine: ['translation-fault'],
    qemu: 'misses',
    patch: (routine, _, victim) => patchTcr(routine, victim, (tcr) => tcr & ~0xf00n),
  }),
  inRoutine({
    name: 'TTBR0 off by one page',
    on: [on1, on2],
    machine: ['translation-fault'],
    qemu: 'catches',
    patch: (routine, choose, victim) => {
      const { ttbr } = registersOf(victim);
      routine.literal(ttbr, ttbr + (choose(2) === 0 ? 0x1000n : -0x1000n));
    },
  }),
  inRoutine({
    name: 'MAIR calls memory Non-cacheable',
    breach: 'cache',
    on: [on1, on2, vhe],
    machine: ['mismatched-attributes'],
    qemu: 'misses',
    patch: (routine, _, victim) => {
      const { mair } = registersOf(victim);
      // Every byte that says Normal write-back.
      const bytes = [...mair.toString(16).padStart(16, '0').matchAll(/../g)].map(([byte]) =>
        byte === 'ff' ? '44' : byte,
      );
      routine.literal(mair, BigInt(`0x${bytes.join('')}`));
    },
  }),
];

/** The TLBI of the way in. */
const pickTlbi = (routine: Routine): number =>
  some(
    routine.find('sys.bare').find((at) => String(routine.at(at).operands[0]).startsWith('tlbi')),
    'TLBI',
  );

const registersOf = ({ plan }: LoadedReboot) => some(plan.relocation.translation, 'tables').registers;

function patchTcr(routine: Routine, victim: LoadedReboot, change: (tcr: bigint) => bigint): void {
  const { tcr } = registersOf(victim);
  routine.literal(tcr, change(tcr));
}

const routineSabotages: readonly Sabotage[] = [
  inRoutine({
    name: 'interrupts not masked',
    on: [on1, off1, reserved],
    machine: ['hand-over'],
    qemu: 'misses',
    patch: (routine) => routine.blank(routine.find('msr.daifset')),
  }),
  inRoutine({
    name: 'x1, x2 or x3 not zero at the jump',
    on: [on1, off1, reserved, soft],
    machine: ['hand-over'],
    qemu: 'catches',
    patch: (routine, choose) => {
      const register = 1 + choose(3);
      routine.replace(routine.find('movz', register, 0, 0), encode('movz', register, 1 + choose(0xffff), 0));
    },
  }),
  inRoutine({
    name: 'x1, x2 or x3 left as they were',
    on: [reserved, crash],
    machine: ['hand-over'],
    patch: (routine, choose) => routine.blank(routine.find('movz', 1 + choose(3), 0, 0)),
  }),
  inRoutine({
    name: 'device tree in another register than x0',
    on: [on2, off2, reserved],
    machine: ['hand-over'],
    qemu: 'catches',
    patch: (routine, choose) => {
      const load = last(routine.find('ldr.literal', 0));
      routine.replace([load], encode('ldr.literal', 4 + choose(4), Number(routine.at(load).operands[1])));
    },
  }),
  inRoutine({
    name: 'device tree off by 8 bytes or a page',
    on: [on2, crash],
    machine: ['hand-over'],
    patch: (routine, choose, { plan }) => {
      const { dtb } = plan.relocation;
      routine.literal(dtb, dtb + (choose(2) === 0 ? 8n : 0x1000n));
    },
  }),
  inRoutine({
    name: 'entry off by one instruction or page',
    on: [on1, off1, soft],
    machine: ['hand-over'],
    patch: (routine, choose, { plan }) => {
      const { entry } = plan.relocation;
      routine.literal(entry, entry + (choose(2) === 0 ? 4n : 0x1000n));
    },
  }),
  inRoutine({
    name: 'BR for HVC: handed over at EL1',
    on: [soft],
    machine: ['undefined-instruction'],
    patch: (routine) => routine.replace(routine.find('hvc'), encode('br', 28)),
  }),
  inRoutine({
    name: 'destination does not advance',
    on: [on1, plain, off1],
    machine: ['dirty lines'],
    qemu: 'catches',
    patch: (routine) => routine.blank(routine.find('add.imm12', DESTINATION, DESTINATION)),
  }),
  inRoutine({
    name: 'a pair of words copied twice',
    on: [on1, plain, off1],
    machine: ['digest', 'contents'],
    qemu: 'catches',
    patch: (routine, choose) => {
      const loads = routine.find('ldp').filter((at) => Number(routine.at(at).operands[2]) === 8);
      const load = pick(loads.slice(0, 3), choose);
      const [first, second, base, offset] = routine.at(load).operands.map(Number);
      routine.replace([load], encode('ldp', first ?? 0, second ?? 0, base ?? 0, (offset ?? 0) - 16));
    },
  }),
  inRoutine({
    name: 'a page copied only in part',
    on: [on1, plain],
    machine: ['digest', 'dirty lines'],
    patch: (routine) => routine.blank(routine.find('b.cond', 'cc').slice(0, 1)),
  }),
  inRoutine({
    name: 'checksum not compared, over a flipped bit',
    on: [on1, on2, reservedVerified, mixedVerified],
    machine: ['contents'],
    qemu: 'catches',
    patch: (routine, choose, victim) => {
      routine.blank(routine.find('cbnz', PAGES_LEFT_ZERO));
      flip(contentPage(victim, choose), choose);
    },
  }),
  inRoutine({
    name: 'SIMD left trapped before SHA-256',
    on: [on1],
    machine: ['simd-trap'],
    qemu: 'catches',
    patch: (routine) => routine.blank(routine.find('msr', 'cpacr_el1')),
  }),
  inRoutine({
    name: 'console of the breadcrumbs off by one page',
    on: [crumbs],
    machine: ['external-abort'],
    patch: (routine, _, { plan }) => {
      const { uart } = some(plan.relocation.breadcrumbs, 'breadcrumbs');
      routine.literal(uart, uart + 0x1000n);
    },
  }),
  inRoutine({
    name: 'head of the list off by one page',
    on: [on1, off1],
    machine: ['translation-fault', 'external-abort', 'dirty lines'],
    patch: (routine, choose, { plan }) => {
      const { head } = plan.relocation;
      routine.literal(head, head + (choose(2) === 0 ? 0x1000n : -0x1000n));
    },
  }),
];

/** A loaded page that holds a segment's content: a source, or a page in place. */
function contentPage(victim: LoadedReboot, choose: Choose): Uint8Array {
  const inPlace = victim.plan.relocation.segments
    .filter(({ placement }) => placement === 'in-place')
    .flatMap(({ mem, memsz }) => Array.from({ length: Number(memsz / 4096n) }, (_, page) => pfnOf(mem) + page));
  return bytesOf(victim, pick([...copiesOf(victim).map(({ source }) => source), ...inPlace], choose));
}

function flip(page: Uint8Array, choose: Choose): void {
  const at = choose(page.length);
  page[at] = (page[at] ?? 0) ^ (1 << choose(8));
}

/** A sabotage of what is loaded in memory. */
const inMemory = (
  sabotage: Omit<Sabotage, 'kind' | 'commit'> & { readonly change: (victim: LoadedReboot, choose: Choose) => void },
): Sabotage => {
  const { change, ...rest } = sabotage;
  return {
    ...rest,
    kind: 'memory',
    commit: (victim, choose) => {
      change(victim, choose);
      return undefined;
    },
  };
};

// Descriptor bits (Arm ARM D8.3).
const AP_READ_ONLY = 1n << 7n;
const ACCESS_FLAG = 1n << 10n;
const PXN_UXN = 3n << 53n;
const ATTR_INDEX = 7n << 2n;
const PAGE = 0x1000n;

const destinationLeaf = (victim: LoadedReboot, choose: Choose) =>
  leafOf(victim, pick(copiesOf(victim), choose).destination);

const tableSabotages: readonly Sabotage[] = [
  inMemory({
    name: 'destination mapped read-only',
    on: [on1, on2, vhe],
    proof: 'mappings',
    machine: ['permission-fault'],
    qemu: 'catches',
    change: (victim, choose) => {
      const leaf = destinationLeaf(victim, choose);
      leaf.set(leaf.get() | AP_READ_ONLY);
    },
  }),
  inMemory({
    name: 'routine mapped execute-never',
    on: [on1, on2],
    proof: 'mappings',
    machine: ['permission-fault'],
    qemu: 'catches',
    change: (victim) => {
      const leaf = leafOf(victim, pfnOf(victim.plan.relocation.routine));
      leaf.set(leaf.get() | PXN_UXN);
    },
  }),
  inMemory({
    name: 'routine mapped writable',
    on: [on1],
    proof: 'mappings',
    machine: [],
    change: (victim) => {
      const leaf = leafOf(victim, pfnOf(victim.plan.relocation.routine));
      leaf.set(leaf.get() & ~AP_READ_ONLY);
    },
  }),
  inMemory({
    name: 'source mapped writable',
    on: [on1, on2],
    proof: 'mappings',
    machine: [],
    change: (victim, choose) => {
      const leaf = leafOf(victim, pick(copiesOf(victim), choose).source);
      leaf.set(leaf.get() & ~AP_READ_ONLY);
    },
  }),
  inMemory({
    name: 'page not mapped',
    on: [on1, on2],
    proof: 'mappings',
    machine: ['translation-fault'],
    change: (victim, choose) => destinationLeaf(victim, choose).set(0n),
  }),
  inMemory({
    name: 'access flag not set',
    on: [on1, on2],
    proof: 'mappings',
    machine: ['access-flag-fault'],
    qemu: 'catches',
    change: (victim, choose) => {
      const leaf = destinationLeaf(victim, choose);
      leaf.set(leaf.get() & ~ACCESS_FLAG);
    },
  }),
  inMemory({
    name: 'destination mapped to the page behind it',
    on: [on1, plain],
    proof: 'mappings',
    machine: ['dirty lines'],
    qemu: 'catches',
    change: (victim, choose) => {
      const leaf = destinationLeaf(victim, choose);
      leaf.set(leaf.get() + PAGE);
    },
  }),
  inMemory({
    name: 'destination mapped as Device',
    breach: 'cache',
    on: [on1, on2],
    proof: 'mappings',
    machine: ['mismatched-attributes'],
    qemu: 'misses',
    change: (victim, choose) => {
      const leaf = destinationLeaf(victim, choose);
      leaf.set((leaf.get() & ~ATTR_INDEX) | (DEVICE_INDEX << 2n));
    },
  }),
  inMemory({
    name: 'entries of a table swapped',
    on: [on1, plain],
    proof: 'mappings',
    machine: ['contents'],
    change: (victim, choose) => {
      const copies = copiesOf(victim);
      const one = choose(copies.length);
      const other = (one + 1 + choose(copies.length - 1)) % copies.length;
      const leaves = [one, other].map((at) => leafOf(victim, copies[at]?.destination ?? 0));
      const [a, b] = leaves.map((leaf) => leaf.get());
      leaves[0]?.set(b ?? 0n);
      leaves[1]?.set(a ?? 0n);
    },
  }),
  inMemory({
    name: 'table entry leads to the next page',
    on: [on1, on2],
    proof: 'mappings',
    machine: ['translation-fault'],
    change: (victim) => {
      const table = some(descriptorsOf(victim, pfnOf(victim.plan.relocation.routine)).at(-2), 'table entry');
      table.set(table.get() + PAGE);
    },
  }),
  inMemory({
    name: 'console mapped as Normal memory',
    breach: 'cache',
    on: [crumbs],
    proof: 'mappings',
    machine: ['device-speculation'],
    qemu: 'misses',
    change: (victim) => {
      const leaf = leafOf(victim, pfnOf(some(victim.plan.relocation.breadcrumbs, 'breadcrumbs').uart));
      leaf.set(leaf.get() & ~ATTR_INDEX);
    },
  }),
  inMemory({
    name: 'a device mapped as Normal memory that nobody touches',
    breach: 'cache',
    on: [on1, on2],
    proof: 'nothing else mapped',
    machine: ['device-speculation'],
    adversary: true,
    change: (victim) => {
      // The routine's own page of descriptors gets one more, for the console.
      const walked = descriptorsOf(victim, CONSOLE);
      const missing = some(walked.at(-1), 'walk');
      const leaf = leafOf(victim, copiesOf(victim)[0]?.source ?? 0);
      const level = walked.length - 1;
      missing.set((leaf.get() & ~OUTPUT & ~3n) | addressOf(CONSOLE - (CONSOLE % 512 ** (3 - level))) | 1n);
    },
  }),
];

/** Index of Device-nGnRE in MAIR. */
const DEVICE_INDEX = 2n;
const OUTPUT = 0xffff_ffff_f000n;
const CONSOLE = 0x9000;

const DESTINATION_ENTRY = BigInt(IND_DESTINATION);
const INDIRECTION = BigInt(IND_INDIRECTION);
const DONE = BigInt(IND_DONE);
const SOURCE = BigInt(IND_SOURCE);
/** How many pages follow the one that a source word names. */
const RUN_LENGTH = 0xff0n;
const RUN_STEP = 0x10n;

const listSabotages: readonly Sabotage[] = [
  inMemory({
    name: 'swapped entries',
    on: [on1, plain, off1],
    proof: 'entry list',
    machine: ['digest', 'contents'],
    qemu: 'catches',
    change: (victim, choose) => {
      const entries = entriesOf(victim, SOURCE);
      const one = choose(entries.length);
      const [a, b] = [entries[one], entries[(one + 1 + choose(entries.length - 1)) % entries.length]];
      const [first, second] = [some(a, 'entry').get(), some(b, 'entry').get()];
      a?.set(second);
      b?.set(first);
    },
  }),
  inMemory({
    name: 'source off by one page',
    on: [on1, plain, off1],
    proof: 'entry list',
    machine: ['digest', 'contents'],
    qemu: 'catches',
    change: (victim, choose) => {
      const entry = pick(entriesOf(victim, SOURCE), choose);
      entry.set(entry.get() + (choose(2) === 0 ? PAGE : -PAGE));
    },
  }),
  inMemory({
    name: 'run one page too short',
    on: [on1, plain, off1],
    proof: 'entry list',
    machine: ['digest', 'dirty lines'],
    qemu: 'catches',
    change: (victim, choose) => {
      const runs = entriesOf(victim, SOURCE).filter((entry) => (entry.get() & RUN_LENGTH) !== 0n);
      const entry = pick(runs, choose);
      entry.set(entry.get() - RUN_STEP);
    },
  }),
  inMemory({
    name: 'last run one page too long',
    on: [on1, plain],
    proof: 'entry list',
    machine: ['translation-fault'],
    change: (victim) => {
      const entry = last(entriesOf(victim, SOURCE));
      entry.set(entry.get() + RUN_STEP);
    },
  }),
  inMemory({
    name: 'destination off by one page',
    on: [on1, plain, off1],
    proof: 'entry list',
    machine: ['translation-fault', 'dirty lines', 'contents'],
    change: (victim, choose) => {
      const entry = pick(entriesOf(victim, DESTINATION_ENTRY), choose);
      entry.set(entry.get() + (choose(2) === 0 ? PAGE : -PAGE));
    },
  }),
  inMemory({
    name: 'two destinations share a source',
    on: [on1, plain, off2],
    proof: 'entry list',
    machine: ['translation-fault', 'digest', 'contents', 'dirty lines'],
    change: (victim, choose) => {
      const entries = entriesOf(victim, SOURCE);
      const at = choose(entries.length - 1);
      entries[at + 1]?.set(some(entries[at], 'entry').get());
    },
  }),
  inMemory({
    name: 'list ends early',
    on: [on1, plain, off1],
    proof: 'entry list',
    machine: ['digest', 'dirty lines'],
    qemu: 'catches',
    change: (victim, choose) => pick(entriesOf(victim, SOURCE), choose).set(DONE),
  }),
  inMemory({
    name: 'list does not end',
    on: [on1, off1],
    proof: 'entry list',
    machine: ['never ends'],
    change: (victim) => {
      const done = last(entriesOf(victim, DONE));
      done.set(addressOf(some(controlPages(victim, 'entry list')[0], 'list')) | INDIRECTION);
    },
  }),
  inMemory({
    name: 'entry of no known kind',
    on: [on1, plain, off1],
    proof: 'entry list',
    machine: ['permission-fault', 'dirty lines'],
    change: (victim, choose) => {
      const entry = pick(entriesOf(victim, SOURCE), choose);
      entry.set(entry.get() & ~0xfffn);
    },
  }),
];

const contentSabotages: readonly Sabotage[] = [
  inMemory({
    name: 'flipped bit in a page that is copied',
    on: [on1, plain, off1],
    proof: 'content',
    machine: ['digest', 'contents'],
    qemu: 'catches',
    change: (victim, choose) => flip(contentPage(victim, choose), choose),
  }),
  inMemory({
    name: 'flipped bit in a page that lies in place',
    on: [reserved, reservedVerified, crash],
    proof: 'content',
    machine: ['digest', 'contents'],
    change: (victim, choose) => flip(contentPage(victim, choose), choose),
  }),
  inMemory({
    name: 'flipped bit in a digest',
    on: [on1, on2, reservedVerified, mixedVerified],
    proof: 'loaded',
    machine: ['digest'],
    qemu: 'catches',
    change: (victim, choose) => {
      const page = bytesOf(victim, some(controlPages(victim, 'constants')[0], 'constants'));
      // Records begin at 288, and a digest 80 bytes into each of its 112.
      flip(page.subarray(288 + 112 * choose(3) + 80).subarray(0, 32), choose);
    },
  }),
  inMemory({
    name: 'flipped bit in the vectors',
    on: [soft],
    proof: 'loaded',
    machine: ['hand-over'],
    change: (victim, choose) => {
      const page = bytesOf(victim, some(controlPages(victim, 'vectors')[0], 'vectors'));
      // The register number of the branch that answers.
      page[0x400] = (page[0x400] ?? 0) ^ (1 << (5 + choose(3)));
    },
  }),
];

/** A sabotage of the plan, or of memory and plan together. */
const inPlan = (sabotage: Omit<Sabotage, 'kind'>): Sabotage => ({ ...sabotage, kind: 'plan' });

/** Takes what `choose` picks among these pages out of what the loader cleans. */
function uncleaned(victim: LoadedReboot, pages: readonly number[]): LoadedReboot {
  const left = new Set(pages);
  const cleanAtLoad = victim.plan.relocation.cleanAtLoad.flatMap(({ start, end }) => {
    const count = pfnOf(end) - pfnOf(start) + 1;
    return Array.from({ length: count }, (_, page) => pfnOf(start) + page)
      .filter((pfn) => !left.has(pfn))
      .map((pfn) => ({ start: addressOf(pfn), end: addressOf(pfn + 1) - 1n }));
  });
  return replan(victim, { cleanAtLoad });
}

function inPlacePages(victim: LoadedReboot): number[] {
  return victim.plan.relocation.segments
    .filter(({ placement }) => placement === 'in-place')
    .flatMap(({ mem, memsz }) => Array.from({ length: Number(memsz / 4096n) }, (_, page) => pfnOf(mem) + page));
}

const planSabotages: readonly Sabotage[] = [
  inPlan({
    name: 'routine not cleaned at load',
    breach: 'cache',
    on: [on1, off1, reserved],
    proof: 'cleaned',
    machine: ['stale-instruction'],
    qemu: 'misses',
    commit: (victim) => uncleaned(victim, [pfnOf(victim.plan.relocation.routine)]),
  }),
  inPlan({
    name: 'vectors not cleaned at load',
    breach: 'cache',
    on: [soft],
    proof: 'cleaned',
    machine: ['stale-instruction'],
    commit: (victim) => uncleaned(victim, controlPages(victim, 'vectors')),
  }),
  inPlan({
    name: 'in-place segment not cleaned',
    breach: 'cache',
    on: [reserved, reservedVerified, crash],
    proof: 'cleaned',
    machine: ['dirty lines'],
    qemu: 'misses',
    commit: (victim) => uncleaned(victim, inPlacePages(victim)),
  }),
  inPlan({
    name: 'one page of an in-place segment not cleaned',
    breach: 'cache',
    on: [reserved, reservedVerified],
    proof: 'cleaned',
    machine: ['dirty lines'],
    commit: (victim, choose) => uncleaned(victim, [pick(inPlacePages(victim), choose)]),
  }),
  inPlan({
    name: 'in-place segment of a mixed plan not cleaned',
    breach: 'cache',
    on: [mixed, mixedVerified],
    proof: 'cleaned',
    machine: ['dirty lines'],
    commit: (victim) => uncleaned(victim, inPlacePages(victim)),
  }),
  inPlan({
    name: 'entry list not cleaned, MMU off',
    breach: 'cache',
    on: [off1, off2],
    proof: 'cleaned',
    machine: ['dirty-line-bypassed'],
    qemu: 'misses',
    commit: (victim, choose) => uncleaned(victim, [pick(controlPages(victim, 'entry list'), choose)]),
  }),
  inPlan({
    name: 'source not cleaned, MMU off',
    breach: 'cache',
    on: [off1, off2],
    proof: 'cleaned',
    machine: ['dirty-line-bypassed'],
    qemu: 'misses',
    commit: (victim, choose) => uncleaned(victim, [pick(copiesOf(victim), choose).source]),
  }),
  inPlan({
    name: 'table page inside a destination',
    on: [on1, plain],
    proof: 'control pages',
    machine: ['stale-tlb'],
    commit: (victim) => {
      // The table that maps the routine moves to the last page that is copied.
      const entry = some(descriptorsOf(victim, pfnOf(victim.plan.relocation.routine)).at(-2), 'table entry');
      const from = Number((entry.get() & OUTPUT) >> 12n);
      const to = last(copiesOf(victim)).destination;
      const moved = moveControlPage(victim, from, to);
      entry.set((entry.get() & ~OUTPUT) | addressOf(to));
      return moved;
    },
  }),
  inPlan({
    name: 'entry list inside a destination',
    on: [plain, off1],
    proof: 'control pages',
    machine: ['translation-fault', 'dirty-line-bypassed'],
    commit: (victim) => {
      const from = some(controlPages(victim, 'entry list')[0], 'list');
      const to = some(copiesOf(victim)[0], 'copy').destination;
      const { head } = victim.plan.relocation;
      new Routine(victim).literal(head, addressOf(to) | INDIRECTION);
      return replan(moveControlPage(victim, from, to), { head: addressOf(to) | INDIRECTION });
    },
  }),
  inPlan({
    name: 'source inside a destination that is copied first',
    on: [on1, plain, off1],
    proof: 'sources',
    machine: ['digest', 'contents'],
    commit: (victim, choose) => {
      const runs = [...victim.plan.relocation.copies];
      const moved = pick(runs.slice(1), choose);
      const to = some(runs[0], 'copy').destination;
      for (let page = 0; page < moved.pages; page++)
        victim.image.store(to + page, bytesOf(victim, moved.source + page).slice());
      const entry = entriesOf(victim, SOURCE).find((word) => word.get() >> 12n === BigInt(moved.source));
      const word = some(entry, 'entry');
      word.set(word.get() + addressOf(to) - addressOf(moved.source));
      const copies = runs.map((run) => (run === moved ? { ...run, source: to } : run));
      return replan(victim, { copies: CopyRuns.of(copies) });
    },
  }),
  inPlan({
    name: 'device tree where no segment starts',
    on: [on1, reserved],
    proof: 'hand-over',
    machine: ['hand-over'],
    commit: (victim) => replan(victim, { dtb: victim.plan.relocation.dtb + PAGE }),
  }),
  inPlan({
    name: 'segment outside System RAM',
    on: [on1, off1],
    proof: 'segments',
    machine: ['external-abort'],
    commit: (victim) => {
      const { ram, dtb } = victim.plan.relocation;
      // The range of RAM that holds the device tree ends right before it.
      const less = ram.flatMap((range) =>
        range.start <= dtb && dtb <= range.end
          ? [
              { start: range.start, end: dtb - 1n },
              { start: dtb + 0x20_0000n, end: range.end },
            ]
          : [range],
      );
      return replan(victim, { ram: less });
    },
  }),
];

/** The machine is not in the state that the plan was made for. */
const inState = (sabotage: Omit<Sabotage, 'kind' | 'proof'>): Sabotage => ({
  ...sabotage,
  kind: 'machine state',
  proof: 'routine',
});

const stateSabotages: readonly Sabotage[] = [
  inState({
    name: "EL2's routine entered at EL1",
    on: [on2, plain],
    machine: ['undefined-instruction'],
    commit: (victim) => replan(victim, { exceptionLevel: 1 }),
  }),
  inState({
    name: "VHE's routine entered without VHE",
    on: [vhe],
    machine: ['simd-trap'],
    commit: (victim) => replan(victim, { vhe: false }),
  }),
  inState({
    name: 'VBAR_EL2 not at the vectors',
    on: [soft],
    machine: ['stale-instruction'],
    commit: (victim) => replan(victim, { vectors: some(victim.plan.relocation.vectors, 'vectors') + PAGE }),
  }),
];

/** Every sabotage. */
export const sabotages: readonly Sabotage[] = [
  ...cacheSabotages,
  ...translationSabotages,
  ...routineSabotages,
  ...tableSabotages,
  ...listSabotages,
  ...contentSabotages,
  ...planSabotages,
  ...stateSabotages,
];
