import type { TranslationRegisters } from '@kexeckit/arm64-pgtable';
import type { LoadedReboot } from '@kexeckit/reboot';
import { pfnOf } from '@kexeckit/relocation';
import { settled } from './agree.ts';
import { type Choose, pick, some } from './choose.ts';
import { inAgreement, type Sabotage } from './kinds.ts';
import { type Descriptor, descriptorsOf, leafOf, quadsOf } from './memory.ts';
import { Routine } from './routine.ts';
import { on1, on2, plain, vhe } from './setups.ts';
import { controlPages, pageCopies, replan, stageOf } from './stage.ts';

/** Other values in the translation registers: of the routine, in memory and in the plan. */
const inRegisters =
  (change: (registers: TranslationRegisters, level: 1 | 2, choose: Choose) => Partial<TranslationRegisters>) =>
  (victim: LoadedReboot, choose: Choose): LoadedReboot => {
    const { translation, exceptionLevel, vhe: isVhe } = stageOf(victim);
    const { space, registers } = some(translation, 'translation');
    const changed = { ...registers, ...change(registers, isVhe ? 1 : exceptionLevel, choose) };
    const routine = new Routine(victim);
    for (const name of ['ttbr', 'tcr', 'mair'] as const)
      if (changed[name] !== registers[name]) routine.literal(registers[name], changed[name]);
    return settled(replan(victim, { translation: { space, registers: changed } }));
  };

/** Another SCTLR, which the routine has in memory and in the plan. */
const inSctlr =
  (which: 'on' | 'off', bit: number) =>
  (victim: LoadedReboot): LoadedReboot => {
    const routine = new Routine(victim);
    const value = routine.sctlrLiteral(which);
    routine.literal(value, value ^ (1n << BigInt(bit)));
    return settled(victim);
  };

/** Another descriptor of a page that is copied to or from, or of the routine. */
const inLeaf =
  (of: 'destination' | 'source' | 'routine', change: (leaf: Descriptor) => void) =>
  (victim: LoadedReboot, choose: Choose): LoadedReboot => {
    const copy = pick(pageCopies(victim), choose);
    change(leafOf(victim, of === 'routine' ? pfnOf(stageOf(victim).start) : copy[of]));
    return settled(victim);
  };

const flipBit =
  (bit: number) =>
  (leaf: Descriptor): void =>
    leaf.set(leaf.get() ^ (1n << BigInt(bit)));

/** What the temporary address space is: registers and tables as planned, and not as they must be. */
export const agreedSpaceSabotages: readonly Sabotage[] = [
  inAgreement({
    name: 'TCR leaves the other half open (EPD1)',
    on: [on1, vhe],
    proof: 'translation',
    machine: [],
    qemu: 'misses',
    commit: inRegisters(({ tcr }) => ({ tcr: tcr & ~(1n << 23n) })),
  }),
  inAgreement({
    name: 'TCR walks tables outer shareable',
    on: [on1, on2, vhe],
    proof: 'translation',
    machine: [],
    qemu: 'misses',
    commit: inRegisters(({ tcr }) => ({ tcr: tcr & ~(1n << 12n) })),
  }),
  inAgreement({
    name: 'TCR walks tables write-through',
    on: [on1, on2],
    proof: 'translation',
    machine: ['dirty-line-bypassed'],
    qemu: 'misses',
    commit: inRegisters(({ tcr }) => ({ tcr: (tcr & ~0xf00n) | 0xa00n })),
  }),
  inAgreement({
    name: 'TCR lets hardware set access flags, or ignores the top byte',
    on: [on1, on2],
    proof: 'translation',
    machine: [],
    qemu: 'misses',
    commit: inRegisters(({ tcr }, level, choose) => ({
      tcr: tcr | (1n << BigInt((level === 1 ? [37, 39] : [20, 21])[choose(2)] ?? 0)),
    })),
  }),
  inAgreement({
    name: 'an output size that the CPU does not have',
    on: [on1, on2],
    proof: 'translation',
    machine: [],
    qemu: 'misses',
    world: (_, { features }) => ({ features: { ...features, paBits: 44 } }),
    commit: inRegisters(({ tcr }, level) => {
      const at = level === 1 ? 32n : 16n;
      return { tcr: (tcr & ~(7n << at)) | (5n << at) };
    }),
  }),
  inAgreement({
    name: 'MAIR calls memory write-through',
    on: [on1, on2],
    proof: 'descriptors',
    machine: [],
    qemu: 'misses',
    commit: inRegisters(({ mair }) => ({ mair: (mair & ~0xffn) | 0xbbn })),
  }),
  inAgreement({
    name: 'TTBR0 with an ASID',
    on: [on1, vhe],
    proof: 'translation',
    machine: [],
    qemu: 'misses',
    commit: inRegisters(({ ttbr }) => ({ ttbr: ttbr | (5n << 48n) })),
  }),
  inAgreement({
    name: 'TTBR0 shared between CPUs (CnP)',
    on: [on1, on2],
    proof: 'translation',
    machine: [],
    qemu: 'misses',
    commit: inRegisters(({ ttbr }) => ({ ttbr: ttbr | 1n })),
  }),
  inAgreement({
    name: 'SCTLR makes writable memory execute-never (WXN)',
    on: [on1, on2],
    proof: 'translation',
    machine: [],
    qemu: 'misses',
    commit: inSctlr('on', 19),
  }),
  inAgreement({
    name: 'SCTLR with the instruction cache off',
    on: [on1, on2],
    proof: 'translation',
    machine: [],
    qemu: 'misses',
    commit: inSctlr('on', 12),
  }),
  inAgreement({
    name: 'SCTLR leaves the CPU big-endian for the next kernel',
    on: [on1, on2],
    proof: 'translation',
    machine: ['undefined-instruction'],
    qemu: 'catches',
    commit: inSctlr('off', 25),
  }),
  inAgreement({
    name: 'access flag not set, planned so',
    on: [on1, on2],
    proof: 'descriptors',
    machine: ['access-flag-fault'],
    qemu: 'catches',
    commit: inLeaf('destination', flipBit(10)),
  }),
  inAgreement({
    name: 'a mapping of one address space only (nG)',
    on: [on1, vhe],
    proof: 'descriptors',
    machine: [],
    qemu: 'misses',
    commit: inLeaf('source', flipBit(11)),
  }),
  inAgreement({
    name: 'memory that EL0 may read',
    on: [on1, vhe],
    proof: 'descriptors',
    machine: [],
    qemu: 'misses',
    commit: inLeaf('source', flipBit(6)),
  }),
  inAgreement({
    name: 'the routine executable at EL0',
    on: [on1, vhe],
    proof: 'descriptors',
    machine: [],
    qemu: 'misses',
    commit: inLeaf('routine', flipBit(54)),
  }),
  inAgreement({
    name: 'memory that is not shared with other CPUs',
    on: [on1, on2],
    proof: 'descriptors',
    machine: [],
    qemu: 'misses',
    commit: inLeaf('destination', (leaf) => leaf.set(leaf.get() & ~0x300n)),
  }),
  inAgreement({
    name: 'the contiguous bit for one entry of a group',
    on: [on1, on2],
    proof: 'descriptors',
    machine: [],
    qemu: 'misses',
    commit: inLeaf('routine', flipBit(52)),
  }),
  inAgreement({
    name: 'a descriptor with bits for software',
    on: [on1, on2],
    proof: 'descriptors',
    machine: [],
    qemu: 'misses',
    commit: inLeaf('destination', flipBit(56)),
  }),
  inAgreement({
    name: 'the routine guarded: branches must land on BTI',
    on: [on1, on2],
    proof: 'descriptors',
    machine: [],
    qemu: 'misses',
    commit: inLeaf('routine', flipBit(50)),
  }),
  inAgreement({
    name: 'a page that hardware makes writable (DBM)',
    on: [on1],
    proof: 'descriptors',
    machine: [],
    qemu: 'misses',
    commit: inLeaf('source', flipBit(51)),
  }),
  inAgreement({
    name: 'a table that takes execution from everything below',
    on: [on1, on2],
    proof: 'descriptors',
    machine: ['permission-fault'],
    qemu: 'catches',
    commit: (victim) => {
      const table = some(descriptorsOf(victim, pfnOf(stageOf(victim).start)).at(-2), 'table entry');
      table.set(table.get() | (3n << 59n));
      return settled(victim);
    },
  }),
  inAgreement({
    name: 'an entry that is invalid, and not zero',
    on: [on1, plain],
    proof: 'descriptors',
    machine: [],
    commit: (victim, choose) => {
      const table = quadsOf(victim, pick(controlPages(victim, 'table'), choose));
      const unused = [...table.keys()].filter((index) => table[index] === 0n);
      table[pick(unused, choose)] = 0xdead_0000n;
      return settled(victim);
    },
  }),
  inAgreement({
    name: 'a table that nothing leads to',
    on: [on1, plain],
    proof: 'descriptors',
    machine: [],
    qemu: 'misses',
    commit: (victim) => {
      const stage = stageOf(victim);
      let pfn = pfnOf(stage.start) + 1;
      while (victim.image.page(pfn) !== undefined) pfn += 1;
      victim.image.store(pfn, new Uint8Array(4096));
      return replan(victim, {
        controlPages: [...stage.controlPages, { pfn, owner: 'table', bytes: new Uint8Array(4096) }],
      });
    },
  }),
];
