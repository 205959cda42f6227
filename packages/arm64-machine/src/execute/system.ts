import type { OperandValue, SystemRegister } from '@kexeckit/a64';
import { MAINTAIN, WRITE } from '../access-kind.ts';
import { barrierOf, INNER, NON_SHAREABLE, OUTER } from '../barrier.ts';
import type { Core, Op } from '../core.ts';
import { classes } from '../exceptions.ts';
import { type Frame, WATCH_CODE } from '../frame.ts';
import { SMALLEST_LINE, ZERO_BLOCK } from '../sizes.ts';
import type { TranslationRegime } from '../system.ts';
import { type Factories, type Factory, num, source, target } from './op.ts';

const nothing: Factory = () => (index) => index + 1;

/** DC operations: clean, invalidate or both, on the line that holds the address. */
function dataCache(clean: boolean, invalidate: boolean): (core: Core, t: number) => Op {
  const mayLose = invalidate && !clean;
  return (core, t) => {
    const { low: L, high: H } = core.registers;
    return (index) => {
      const low = L[t] ?? 0;
      const frame = core.memory.frameAt(low, H[t] ?? 0, index, mayLose);
      const line = (low & 0xfff) >>> frame.lineShift;
      core.maintenance.cleaned(frame);
      if (clean && frame.watched !== 0) noteCleaned(core, frame, low, H[t] ?? 0, index);
      if (clean) frame.cleanLine(line, core.counters);
      if (invalidate) frame.invalidateLine(line);
      frame.maintain(line, core.maintenance.dataCache.epochOf(core.memory.frameDomain));
      return index + 1;
    };
  };
}

/** An IC that comes before the DSB for this line drops what it has fetched of it in vain. */
function noteCleaned(core: Core, frame: Frame, low: number, high: number, index: number): void {
  if ((frame.watched & WATCH_CODE) === 0 || !frame.isHidden((low & 0xfff) >>> frame.lineShift)) return;
  const { pfn, domain = OUTER } = core.memory.translate(low, high, index, MAINTAIN);
  core.maintenance.cleanedCode({ pfn, offset: low & 0xfff }, domain);
}

/** DC CVAU: the line becomes visible to fetches, not to the next stage. */
function unify(core: Core, t: number): Op {
  const { low: L, high: H } = core.registers;
  return (index) => {
    const low = L[t] ?? 0;
    const frame = core.memory.frameAt(low, H[t] ?? 0, index);
    const line = (low & 0xfff) >>> frame.lineShift;
    core.maintenance.cleaned(frame);
    if (frame.watched !== 0) noteCleaned(core, frame, low, H[t] ?? 0, index);
    frame.unifyLine(line);
    return index + 1;
  };
}

/** DC ZVA is a store: its faults are those of one, at the address that it was given. */
function zeroBlock(core: Core, t: number): Op {
  const { low: L, high: H } = core.registers;
  return (index) => {
    const low = L[t] ?? 0;
    const high = H[t] ?? 0;
    if (core.memory.translate(low, high, index, WRITE).device)
      core.exceptions.fault('alignment-fault', low, high, index, 'DC ZVA on Device memory', true);
    const first = low & ~(ZERO_BLOCK - 1);
    for (let at = first; at < first + ZERO_BLOCK; at += SMALLEST_LINE) {
      const word = (at & 0xfff) >>> 2;
      core.memory.viewForWrite(at, high, index, 0).fill(0, word, word + SMALLEST_LINE / 4);
    }
    return index + 1;
  };
}

function invalidateInstructions(broadcast: boolean): (core: Core) => Op {
  return (core) => (index) => {
    core.maintenance.requestInstructionInvalidation(broadcast);
    return index + 1;
  };
}

/** IC IVAU: one line, in the whole domain. */
function invalidateLine(core: Core, t: number): Op {
  const { low: L, high: H } = core.registers;
  return (index) => {
    const low = L[t] ?? 0;
    const { pfn } = core.memory.translate(low, H[t] ?? 0, index, MAINTAIN);
    core.maintenance.requestInstructionInvalidation(true, { pfn, offset: low & 0xfff });
    return index + 1;
  };
}

/** `tlbi vale1is` in its parts: by address or address space, last level only, level, domain. */
const TLBI = /^(?<what>vmall|vmalls12|all|asid|va|vaa|val|vaal)e(?<level>[12])(?<domain>is|os)?$/;

const domains: Readonly<Record<string, number>> = { is: INNER, os: OUTER };

/** TLBI by its name; `undefined` for one that is not modelled. */
function invalidateTlb(core: Core, name: string, t: number): Op | undefined {
  const { what = '', level = '', domain = '' } = TLBI.exec(name)?.groups ?? {};
  if (what === '') return undefined;
  const everySpace = /^(vmall|vmalls12|all|vaa|vaal)$/.test(what);
  const lastLevel = what === 'val' || what === 'vaal';
  const reached = domains[domain] ?? NON_SHAREABLE;
  return (index) => {
    checkHost(core, index);
    const value = core.registers.get(t);
    const regime = regimeOf(core, what, level);
    core.maintenance.requestTlbInvalidation(
      {
        regime,
        // The register holds 44 bits of the page number; those above are the address's, sign-extended.
        vpn: what.startsWith('va') ? Number(BigInt.asUintN(52, BigInt.asIntN(44, value & 0xfff_ffff_ffffn))) : 'all',
        asid: everySpace || regime === 'EL2' ? undefined : Number(value >> 48n),
        lastLevel,
      },
      reached,
    );
    return index + 1;
  };
}

/** Whose entries a TLBI is about: at EL2 with E2H and TGE the EL1 names are its own, but for ALLE1 (Arm ARM D8.17.4). */
function regimeOf({ system }: Core, what: string, level: string): TranslationRegime {
  const host = system.isVhe ? 'EL2&0' : 'EL2';
  if (level === '2') return host;
  const isHost = system.exceptionLevel === 2 && system.isVhe && system.trapsGeneral;
  return isHost && what !== 'all' && what !== 'vmalls12' ? 'EL2&0' : 'EL1';
}

/** Whose tables an operation is about is known only behind the ISB that HCR_EL2 takes effect by. */
function checkHost({ system, exceptions, strict }: Core, index: number): void {
  if (strict && system.isHostUncertain)
    exceptions.stopAt('missing-isb', index, 'no ISB came behind the MSR that changed HCR_EL2.E2H or TGE');
}

/** AT: the answer goes to PAR_EL1. */
function addressTranslate(core: Core, name: string, t: number): Op {
  const access = { write: name.endsWith('w'), user: name.includes('e0') };
  return (index) => {
    checkHost(core, index);
    const { system } = core;
    const isHost = system.exceptionLevel === 2 && system.isVhe && system.trapsGeneral;
    const level = name.startsWith('s1e2') || isHost ? 2 : 1;
    system.setLate('par_el1', core.memory.addressTranslate(level, core.registers.get(t), access));
    return index + 1;
  };
}

const cacheOperations: Record<string, (core: Core, t: number) => Op> = {
  'dc ivac': dataCache(false, true),
  'dc cvac': dataCache(true, false),
  'dc cvap': dataCache(true, false),
  'dc cvau': unify,
  'dc civac': dataCache(true, true),
  'dc zva': zeroBlock,
  'ic ivau': invalidateLine,
  'ic iallu': invalidateInstructions(false),
  'ic ialluis': invalidateInstructions(true),
};

/** System instructions that only EL2 may name. */
const isForEl2 = (name: string): boolean => / (alle|vmalls12|ipas2|va[a-z]*e2|s1e2|s12)/.test(name);
/** AT and TLBI of stage 2 alone and of EL3, and TLBI of ranges, are not modelled. */
const isBeyond = (name: string): boolean => /e3| s12|ipas2| r/.test(name);

function systemOperation(core: Core, operand: OperandValue | undefined, t: number): Op | undefined {
  const name = String(operand);
  if (isBeyond(name) || (!core.system.hasEl2 && isForEl2(name))) return undefined;
  const [kind = '', rest = ''] = name.split(' ');
  const make =
    kind === 'tlbi'
      ? () => invalidateTlb(core, rest, t)
      : kind === 'at' && /^s1e[012][rw]$/.test(rest)
        ? () => addressTranslate(core, rest, t)
        : cacheOperations[name] && (() => cacheOperations[name]?.(core, t));
  const op = make?.();
  return op && isForEl2(name) ? atEl2(core, op) : op;
}

/** What EL1 may not do is UNDEFINED there; the level is only known when it is executed. */
function atEl2(core: Core, op: Op): Op {
  return (index) => {
    if (core.system.exceptionLevel < 2) core.exceptions.undefinedAt(index, 'it belongs to EL2');
    return op(index);
  };
}

const isSystemRegister = (value: OperandValue | undefined): value is SystemRegister => typeof value === 'string';

/** A register access that the level does not allow is UNDEFINED, like a register that is not modelled. */
function checkAccess(core: Core, register: SystemRegister, write: boolean, index: number): void {
  const { system, exceptions, strict } = core;
  if (strict && system.isNameUncertain(register))
    exceptions.stopAt('missing-isb', index, `no ISB came behind the MSR that changed what ${register} means`);
  if (strict && !write && register === 'par_el1' && system.isUnsynchronized('par_el1'))
    exceptions.stopAt('missing-isb', index, 'PAR_EL1 is read, and no ISB came behind AT');
  // SP_EL0 is SP itself then.
  const isHidden = register === 'sp_el0' && !core.ownStack;
  if (system.isAccessible(register, write) && !isHidden) return;
  exceptions.undefinedAt(index, `${write ? 'msr' : 'mrs'} ${register} at EL${system.exceptionLevel}`);
}

/**
 * An MMU that is turned on may still see the old tables, unless an ISB came behind the MSR of their registers. The other
 * byte order is not modelled, nor is all that control registers could ask for.
 */
function checkControl(
  { system, exceptions, strict }: Core,
  register: SystemRegister,
  value: bigint,
  index: number,
): void {
  if (system.isBigEndian(register, value)) {
    const detail = `${register} asks for big-endian data, which is not modelled`;
    exceptions.stopAt('undefined-instruction', index, detail);
  }
  const unmodelled = system.unmodelled(register, value);
  if (unmodelled !== 0n) {
    const detail = `bits 0x${unmodelled.toString(16)} of ${register} in the value 0x${value.toString(16)}`;
    exceptions.stopAt('unmodelled-control', index, detail);
  }
  if (strict && system.turnsOnEarly(register, value))
    exceptions.stopAt('missing-isb', index, 'the MMU is turned on over registers that are still being written');
}

/** Registers that are part of the processor state, or that count. */
const stateRegisters: Partial<
  Record<string, { read: (core: Core) => bigint; write?: (core: Core, value: bigint) => void }>
> = {
  nzcv: {
    read: (core) => BigInt(core.flags) << 28n,
    write: (core, value) => {
      core.flags = Number((value >> 28n) & 15n);
    },
  },
  daif: {
    read: (core) => BigInt(core.daif) << 6n,
    write: (core, value) => {
      core.daif = Number((value >> 6n) & 15n);
    },
  },
  currentel: { read: (core) => BigInt(core.system.exceptionLevel) << 2n },
  spsel: {
    read: (core) => (core.ownStack ? 1n : 0n),
    write: (core, value) => core.exceptions.selectStack((value & 1n) === 1n),
  },
  // Time is counted in instructions, so that a run is the same every time.
  cntvct_el0: { read: (core) => BigInt.asUintN(64, BigInt(core.counters.instructions) - core.system.virtualOffset) },
  cntpct_el0: { read: (core) => BigInt(core.counters.instructions) },
};

function readRegister(core: Core, [t, name]: readonly OperandValue[]): Op | undefined {
  if (!isSystemRegister(name)) return undefined;
  const state = stateRegisters[name];
  const to = target(t);
  return (index) => {
    if (state === undefined) checkAccess(core, name, false, index);
    core.registers.set(to, state ? state.read(core) : core.system.read(name));
    return index + 1;
  };
}

function writeRegister(core: Core, [name, t]: readonly OperandValue[]): Op | undefined {
  if (!isSystemRegister(name)) return undefined;
  const state = stateRegisters[name];
  if (state && !state.write) return undefined;
  const from = source(t);
  return (index) => {
    const value = core.registers.get(from);
    if (state?.write) {
      state.write(core, value);
      if (name === 'daif') return core.flow.refetch(index);
    } else {
      checkAccess(core, name, true, index);
      checkControl(core, name, value, index);
      core.system.write(name, value);
      if (core.system.pending) core.memory.forgetTranslations();
    }
    return index + 1;
  };
}

/** HVC goes to EL2, SMC to firmware only, SVC to the level above EL0's. */
function call(conduit: 'svc' | 'hvc' | 'smc' | 'brk'): Factory {
  return (core, [immediate]) =>
    (index) => {
      const own = core.system.exceptionLevel;
      const level = conduit === 'hvc' && core.system.hasEl2 ? 2 : own;
      const syndrome = { exceptionClass: classes[conduit], iss: num(immediate) };
      return core.exceptions.call(conduit, syndrome, level, index);
    };
}

function waitForEvent(core: Core): Op {
  return (index) => {
    core.waiting = true;
    return core.flow.refetch(index);
  };
}

/** An interrupt that is pending ends the wait, whether it is masked or not. */
function waitForInterrupt(core: Core): Op {
  return (index) => {
    core.waiting = !core.interrupts.wake();
    return core.flow.refetch(index);
  };
}

/** Barriers, exceptions, hints, maintenance, system registers. */
export const system: Factories = {
  nop: nothing,
  yield: nothing,
  hint: nothing,
  sev: nothing,
  sevl: nothing,
  esb: nothing,
  csdb: nothing,
  ssbb: nothing,
  pssbb: nothing,
  sb: nothing,
  wfe: waitForEvent,
  wfi: waitForInterrupt,
  dmb: nothing,
  dsb: (core, [name]) => {
    const barrier = barrierOf(String(name));
    return (index) => {
      core.maintenance.complete(barrier, index);
      return index + 1;
    };
  },
  isb: (core) => (index) => {
    core.contextSynchronized();
    return core.flow.refetch(index);
  },
  svc: call('svc'),
  hvc: call('hvc'),
  smc: call('smc'),
  brk: call('brk'),
  eret: (core) => (index) => core.exceptions.exceptionReturn(index),
  'msr.spsel':
    (core, [bits]) =>
    (index) => {
      core.exceptions.selectStack(num(bits) === 1);
      return index + 1;
    },
  'msr.daifset':
    (core, [bits]) =>
    (index) => {
      core.daif |= num(bits);
      return index + 1;
    },
  // What is no longer masked is taken before the next instruction.
  'msr.daifclr':
    (core, [bits]) =>
    (index) => {
      core.daif &= ~num(bits);
      return core.flow.refetch(index);
    },
  sys: (core, [name, t]) => systemOperation(core, name, source(t)),
  'sys.bare': (core, [name]) => systemOperation(core, name, 31),
  msr: writeRegister,
  mrs: readRegister,
};
