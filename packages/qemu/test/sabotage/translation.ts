import { encode, xzr } from '@kexeckit/a64';
import type { LoadedReboot } from '@kexeckit/reboot';
import { last, some } from './choose.ts';
import { inRoutine, type Sabotage } from './kinds.ts';
import type { Routine } from './routine.ts';
import { on1, on2, plain, reservedVerified, soft, vhe } from './setups.ts';
import { stageOf } from './stage.ts';

/** The TLBI of the way in. */
const pickTlbi = (routine: Routine): number =>
  some(
    routine.find('sys.bare').find((at) => String(routine.at(at).operands[0]).startsWith('tlbi')),
    'TLBI',
  );

const registersOf = (victim: LoadedReboot) => some(stageOf(victim).translation, 'tables').registers;

function patchTcr(routine: Routine, victim: LoadedReboot, change: (tcr: bigint) => bigint): void {
  const { tcr } = registersOf(victim);
  routine.literal(tcr, change(tcr));
}

/** Turning the MMU on and off: TLB, barriers, registers. */
export const translationSabotages: readonly Sabotage[] = [
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
    patch: (routine) => routine.replace([pickTlbi(routine)], encode('sys', 'tlbi vae1', xzr)),
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
    qemu: 'catches',
    patch: (routine) => {
      const off = routine.sctlrLiteral('off');
      routine.literal(off, off | 4n);
    },
  }),
  inRoutine({
    name: 'MMU on without the data cache',
    breach: 'cache',
    on: [on1, on2],
    machine: ['dirty-line-bypassed'],
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
      patchTcr(routine, victim, (tcr) => tcr & ~(7n << (stageOf(victim).exceptionLevel === 1 ? 32n : 16n))),
  }),
  inRoutine({
    name: 'table walks past the cache in TCR',
    breach: 'cache',
    on: [on1, on2, vhe],
    machine: ['dirty-line-bypassed'],
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
