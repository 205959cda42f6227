import type { OperandValue, SystemRegister } from '@kexeckit/a64';
import type { Cpu } from '../cpu.ts';
import { classes } from '../exceptions.ts';
import { LINE_SIZE } from '../frame.ts';
import type { TranslationState } from '../system.ts';
import { type Factories, type Factory, num, type Op, source, target } from './op.ts';

const nothing: Factory = () => (index) => index + 1;

/** DC operations: clean, invalidate or both, on the line that holds the address. */
function dataCache(clean: boolean, invalidate: boolean): (cpu: Cpu, t: number) => Op {
  return (cpu, t) => {
    const { low: L, high: H } = cpu.registers;
    return (index) => {
      const low = L[t] ?? 0;
      const frame = cpu.frameAt(low, H[t] ?? 0, index);
      const line = (low & 0xfff) >>> 6;
      if (clean) frame.cleanLine(line, cpu.counters);
      if (invalidate) frame.invalidateLine(line);
      frame.maintain(line, cpu.maintenance);
      return index + 1;
    };
  };
}

/** DC CVAU: the line becomes visible to fetches, not to the next stage. */
function unify(cpu: Cpu, t: number): Op {
  const { low: L, high: H } = cpu.registers;
  return (index) => {
    const low = L[t] ?? 0;
    cpu.frameAt(low, H[t] ?? 0, index).unifyLine((low & 0xfff) >>> 6);
    return index + 1;
  };
}

function zeroBlock(cpu: Cpu, t: number): Op {
  const { low: L, high: H } = cpu.registers;
  return (index) => {
    const low = (L[t] ?? 0) & ~(LINE_SIZE - 1);
    const high = H[t] ?? 0;
    if (cpu.translate(low, high, index, true).device)
      cpu.fault('alignment-fault', low, high, index, 'DC ZVA on Device memory', true);
    const at = (low & 0xfff) >>> 2;
    cpu.viewForWrite(low, high, index, 0).fill(0, at, at + LINE_SIZE / 4);
    return index + 1;
  };
}

function invalidateInstructions(broadcast: boolean): (cpu: Cpu) => Op {
  return (cpu) => (index) => {
    cpu.requestInstructionInvalidation(broadcast);
    return index + 1;
  };
}

/** TLBI by its name: `vae1is` is by address, `l` last level only, `is` and `os` for the whole domain. */
function invalidateTlb(cpu: Cpu, name: string, t: number): Op {
  const broadcast = name.endsWith('is') || name.endsWith('os');
  const byAddress = /^va(a|l|al)?e[12]/.test(name);
  const lastLevel = /^va?al?e|^vale/.test(name) && name.includes('le');
  // A page number has 44 bits here; bits of the upper half are those of the address, sign-extended.
  const pageOf = (): number => Number(BigInt.asUintN(52, BigInt.asIntN(44, cpu.registers.get(t) & 0xfff_ffff_ffffn)));
  return (index) => {
    // EL2 that is a host with VHE owns the EL1 names; else they are for EL1's own regime (Arm ARM D8.17.4).
    const ofHost = cpu.system.exceptionLevel === 2 && cpu.system.isVhe && cpu.system.trapsGeneral;
    const level = name.includes('e2') || ofHost ? 2 : 1;
    cpu.requestTlbInvalidation({ pages: byAddress ? pageOf() : 'all', level, lastLevel }, broadcast);
    return index + 1;
  };
}

/** AT: the answer goes to PAR_EL1. */
function addressTranslate(cpu: Cpu, name: string, t: number): Op {
  const access = { write: name.endsWith('w'), user: name.includes('e0') };
  const state = (): TranslationState => cpu.system.stateAt(name.startsWith('s1e2') ? 2 : 1);
  return (index) => {
    cpu.system.set('par_el1', cpu.mmu.addressTranslate(state(), cpu.registers.get(t), access));
    return index + 1;
  };
}

const cacheOperations: Record<string, (cpu: Cpu, t: number) => Op> = {
  'dc ivac': dataCache(false, true),
  'dc cvac': dataCache(true, false),
  'dc cvap': dataCache(true, false),
  'dc cvau': unify,
  'dc civac': dataCache(true, true),
  'dc zva': zeroBlock,
  'ic ivau': invalidateInstructions(true),
  'ic iallu': invalidateInstructions(false),
  'ic ialluis': invalidateInstructions(true),
};

/** System instructions that only EL2 may name. */
const isForEl2 = (name: string): boolean => / (alle|vmalls12|ipas2|va[a-z]*e2|s1e2|s12)/.test(name);
/** AT and TLBI of stage 2, and of EL3, are not modelled. */
const isBeyond = (name: string): boolean => /e3| s12|ipas2| r|vmalls12/.test(name);

function systemOperation(cpu: Cpu, operand: OperandValue | undefined, t: number): Op | undefined {
  const name = String(operand);
  if (isBeyond(name) || (!cpu.system.hasEl2 && isForEl2(name))) return undefined;
  const [kind = '', rest = ''] = name.split(' ');
  const make =
    kind === 'tlbi'
      ? () => invalidateTlb(cpu, rest, t)
      : kind === 'at' && /^s1e[012][rw]$/.test(rest)
        ? () => addressTranslate(cpu, rest, t)
        : cacheOperations[name] && (() => cacheOperations[name]?.(cpu, t));
  const op = make?.();
  return op && isForEl2(name) ? atEl2(cpu, op) : op;
}

/** What EL1 may not do is UNDEFINED there; the level is only known when it is executed. */
function atEl2(cpu: Cpu, op: Op): Op {
  return (index) => {
    if (cpu.system.exceptionLevel < 2) cpu.fault('undefined-instruction', 0, 0, index, 'it belongs to EL2');
    return op(index);
  };
}

const isSystemRegister = (value: OperandValue | undefined): value is SystemRegister => typeof value === 'string';

/** A register access that the level does not allow is UNDEFINED, like a register that is not modelled. */
function checkAccess(cpu: Cpu, register: SystemRegister, write: boolean, index: number): void {
  if (cpu.system.isAccessible(register, write)) return;
  const level = cpu.system.exceptionLevel;
  cpu.fault('undefined-instruction', 0, 0, index, `${write ? 'msr' : 'mrs'} ${register} at EL${level}`);
}

/** Registers that are part of the processor state, or that count. */
const stateRegisters: Partial<
  Record<string, { read: (cpu: Cpu) => bigint; write?: (cpu: Cpu, value: bigint) => void }>
> = {
  nzcv: {
    read: (cpu) => BigInt(cpu.flags) << 28n,
    write: (cpu, value) => {
      cpu.flags = Number((value >> 28n) & 15n);
    },
  },
  daif: {
    read: (cpu) => BigInt(cpu.daif) << 6n,
    write: (cpu, value) => {
      cpu.daif = Number((value >> 6n) & 15n);
    },
  },
  currentel: { read: (cpu) => BigInt(cpu.system.exceptionLevel) << 2n },
  spsel: {
    read: (cpu) => (cpu.ownStack ? 1n : 0n),
    write: (cpu, value) => cpu.selectStack((value & 1n) === 1n),
  },
  // Time is counted in instructions, so that a run is the same every time.
  cntvct_el0: { read: (cpu) => BigInt(cpu.counters.instructions) },
  cntpct_el0: { read: (cpu) => BigInt(cpu.counters.instructions) },
};

function readRegister(cpu: Cpu, [t, name]: readonly OperandValue[]): Op | undefined {
  if (!isSystemRegister(name)) return undefined;
  const state = stateRegisters[name];
  const to = target(t);
  return (index) => {
    if (state === undefined) checkAccess(cpu, name, false, index);
    cpu.registers.set(to, state ? state.read(cpu) : cpu.system.read(name));
    return index + 1;
  };
}

function writeRegister(cpu: Cpu, [name, t]: readonly OperandValue[]): Op | undefined {
  if (!isSystemRegister(name)) return undefined;
  const state = stateRegisters[name];
  if (state && !state.write) return undefined;
  const from = source(t);
  return (index) => {
    const value = cpu.registers.get(from);
    if (state?.write) state.write(cpu, value);
    else {
      checkAccess(cpu, name, true, index);
      cpu.checkControl(name, value, index);
      cpu.system.write(name, value);
      if (cpu.system.pending) cpu.forgetTranslations();
    }
    return index + 1;
  };
}

/** HVC goes to EL2, SMC to firmware only, SVC to the level above EL0's. */
function call(conduit: 'svc' | 'hvc' | 'smc' | 'brk'): Factory {
  return (cpu, [immediate]) =>
    (index) => {
      const own = cpu.system.exceptionLevel;
      const level = conduit === 'hvc' && cpu.system.hasEl2 ? 2 : own;
      const syndrome = { exceptionClass: classes[conduit], iss: num(immediate) };
      return cpu.call(conduit, syndrome, level, index);
    };
}

function waitHint(cpu: Cpu): Op {
  return (index) => {
    cpu.waiting = true;
    return cpu.refetch(index);
  };
}

/** Barriers, exceptions, hints, maintenance, system registers. */
export const system: Factories = {
  nop: nothing,
  yield: nothing,
  hint: nothing,
  sev: nothing,
  sevl: nothing,
  csdb: nothing,
  ssbb: nothing,
  pssbb: nothing,
  sb: nothing,
  wfe: waitHint,
  wfi: waitHint,
  dmb: nothing,
  dsb: (cpu) => (index) => {
    cpu.completeMaintenance(index);
    return index + 1;
  },
  isb: (cpu) => (index) => cpu.synchronize(index),
  svc: call('svc'),
  hvc: call('hvc'),
  smc: call('smc'),
  brk: call('brk'),
  eret: (cpu) => (index) => cpu.exceptionReturn(index),
  'msr.spsel':
    (cpu, [bits]) =>
    (index) => {
      cpu.selectStack(num(bits) === 1);
      return index + 1;
    },
  'msr.daifset':
    (cpu, [bits]) =>
    (index) => {
      cpu.daif |= num(bits);
      return index + 1;
    },
  'msr.daifclr':
    (cpu, [bits]) =>
    (index) => {
      cpu.daif &= ~num(bits);
      return index + 1;
    },
  sys: (cpu, [name, t]) => systemOperation(cpu, name, source(t)),
  'sys.bare': (cpu, [name]) => systemOperation(cpu, name, 31),
  msr: writeRegister,
  mrs: readRegister,
};
