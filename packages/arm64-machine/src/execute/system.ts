import type { OperandValue, SystemRegister } from '@kexeckit/a64';
import type { Cpu } from '../cpu.ts';
import { LINE_SIZE } from '../frame.ts';
import { type Factories, type Factory, num, type Op, source, target } from './op.ts';

/** DC operations: clean, invalidate or both, on the line that holds the address. */
function dataCache(clean: boolean, invalidate: boolean): (cpu: Cpu, t: number) => Op {
  return (cpu, t) => {
    const { low: L, high: H } = cpu.registers;
    return (index) => {
      const low = L[t] ?? 0;
      const { frame } = cpu.translate(low, H[t] ?? 0, index);
      const line = (low & 0xfff) >>> 6;
      if (clean) frame.cleanLine(line, cpu.counters);
      if (invalidate) frame.invalidateLine(line);
      return index + 1;
    };
  };
}

/** DC CVAU makes a line visible to fetches only where the point of unification is reached; here that takes CVAC. */
const unifyOnly = (): Op => (index) => index + 1;

function zeroBlock(cpu: Cpu, t: number): Op {
  const { low: L, high: H } = cpu.registers;
  return (index) => {
    const low = (L[t] ?? 0) & ~(LINE_SIZE - 1);
    if (cpu.translate(low, H[t] ?? 0, index).device)
      cpu.fault('alignment-fault', low, H[t] ?? 0, index, 'DC ZVA on Device memory');
    const at = (low & 0xfff) >>> 2;
    cpu.viewForWrite(low, H[t] ?? 0, index, 0).fill(0, at, at + LINE_SIZE / 4);
    return index + 1;
  };
}

function invalidatePage(cpu: Cpu, t: number): Op {
  return (index) => {
    cpu.mmu.requestInvalidation(Number(cpu.registers.get(t) & 0xfff_ffff_ffffn));
    return index + 1;
  };
}

function invalidateInstructions(cpu: Cpu): Op {
  return (index) => {
    cpu.requestInstructionInvalidation();
    return index + 1;
  };
}

function invalidateTlb(cpu: Cpu): Op {
  return (index) => {
    cpu.mmu.requestInvalidation('all');
    return index + 1;
  };
}

const systemOperations: Record<string, (cpu: Cpu, t: number) => Op> = {
  'dc ivac': dataCache(false, true),
  'dc cvac': dataCache(true, false),
  'dc cvau': unifyOnly,
  'dc civac': dataCache(true, true),
  'dc zva': zeroBlock,
  'ic ivau': invalidateInstructions,
  'ic iallu': invalidateInstructions,
  'ic ialluis': invalidateInstructions,
  'tlbi vae1': invalidatePage,
  'tlbi vae2': invalidatePage,
  'tlbi vmalle1': invalidateTlb,
  'tlbi vmalle1is': invalidateTlb,
  'tlbi alle2': invalidateTlb,
  'tlbi alle2is': invalidateTlb,
};

/** System instructions that only EL2 may name. */
const isForEl2 = (name: string): boolean => name.includes('alle2') || name.endsWith('vae2');

function systemOperation(cpu: Cpu, name: OperandValue | undefined, t: number): Op | undefined {
  if (cpu.system.exceptionLevel === 1 && isForEl2(String(name))) return undefined;
  return systemOperations[String(name)]?.(cpu, t);
}

const isSystemRegister = (value: OperandValue | undefined): value is SystemRegister => typeof value === 'string';

/** A register access that the level does not allow is UNDEFINED, like a word that is not modelled. */
function systemRegister(cpu: Cpu, name: OperandValue | undefined): SystemRegister | undefined {
  return isSystemRegister(name) && cpu.system.isAccessible(name) ? name : undefined;
}

const nothing: Factory = () => (index) => index + 1;

/** Barriers, maintenance, system registers. */
export const system: Factories = {
  nop: nothing,
  dmb: nothing,
  dsb: (cpu) => (index) => {
    cpu.completeMaintenance();
    return index + 1;
  },
  isb: (cpu) => (index) => cpu.synchronize(index),
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
  msr: (cpu, [name, t]) => {
    const register = systemRegister(cpu, name);
    return (
      register &&
      ((index) => {
        cpu.system.write(register, cpu.registers.get(source(t)));
        return index + 1;
      })
    );
  },
  mrs: (cpu, [t, name]) => {
    const register = systemRegister(cpu, name);
    return (
      register &&
      ((index) => {
        cpu.registers.set(target(t), cpu.system.read(register));
        return index + 1;
      })
    );
  },
};
