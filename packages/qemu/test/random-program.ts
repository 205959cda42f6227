import {
  decodeBitmask,
  encodeRow,
  type InstructionId,
  instructionIds,
  instructions,
  nameOfField,
  type Operand,
  type OperandValue,
  operandsOf,
  registerNumber,
  sp,
  xzr,
} from '@kexeckit/a64';
import type { Random } from './random.ts';

/** Registers that programs use: the rest is for what sets them up and looks at them. */
export const PROGRAM_REGISTERS = 27;
/** Takes what a program needs in between; nobody looks at it. */
const SCRATCH = 27;
/** Register 31: zero, or of a base the stack pointer. */
const NONE = 31;

/** Where a program's loads and stores go. */
export interface Data {
  readonly address: bigint;
  readonly size: number;
}

/** The most bytes that one instruction loads or stores. */
const WIDEST = 64;

// What two machines of the same architecture may do differently, or what ends a program; and what QEMU 7.2 or both lack.
const LEFT_OUT =
  /^(udf|svc|hvc|smc|brk|hlt|dcps\d|nop|yield|wf[ei]t?|sevl?|esb|csdb|hint|p?ssbb|d[sm]b.*|isb|sb|msr.*|mrs|sysl?|sys\..*|eret|drps|cpy.*|setg?[pme]|bc\.cond|(abs|cnt|ctz|[su](max|min)(\.imm)?)(\.w)?)$/;

/** The instructions that programs are made of. */
export const usedIds: readonly InstructionId[] = instructionIds().filter((id) => !LEFT_OUT.test(id));

/** The row of the table that an instruction stands in. */
export const rowOf = (id: InstructionId): { syntax: string } => {
  const found = Object.entries(instructions).find(([row]) => row === id.replace(/\.w$/, ''));
  if (found === undefined) throw new Error(`no row ${id}`);
  return found[1];
};

/** 64 bits, often such that carries, signs and zeros matter. */
export function trickyValue(random: Random): bigint {
  const corner = random.of([0n, 1n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 1n << 63n, (1n << 63n) - 1n, -1n]);
  const choice = random.below(4);
  if (choice > 1) return random.quad();
  return BigInt.asUintN(64, choice === 0 ? corner : corner + BigInt(random.below(16) - 8));
}

/** One instruction of the table with random operands, and what must come before it; the words together. */
export function randomItem(id: InstructionId, random: Random, data: Data): number[] {
  const { syntax } = rowOf(id);
  if (/^(b|bl|b\.cond|cbn?z|tbn?z|br|blr|ret)(\.w)?$/.test(id)) return branchItem(id, random);
  if (syntax.includes(' [%') && !syntax.startsWith('prf')) return memoryItem(id, syntax, random, data);
  const operands = operandsOf(id).map((operand) => randomOperand(operand, random));
  return [encodeRow(id, literalNearby(id, operands, random))];
}

/** A literal must lie in the code, which is as long in one direction as in the other. */
function literalNearby(id: InstructionId, operands: OperandValue[], random: Random): OperandValue[] {
  if (id.includes('.literal')) operands[1] = 4 * (random.below(64) - 32);
  return operands;
}

/** A random value that an operand can hold. */
export function randomOperand(operand: Operand, random: Random): OperandValue {
  const { kind, width, scale, signed, limit } = operand;
  const field = random.below(4) === 0 ? random.of([0, 1, 2 ** width - 1]) : random.below(2 ** width);
  switch (kind) {
    case 'x':
    case 'w':
    case 'xw':
    case 'xsp':
    case 'wsp':
      if (scale === 2) return 2 * random.below(13);
      if (limit <= NONE || random.below(8) > 0) return random.below(PROGRAM_REGISTERS);
      return kind.endsWith('sp') ? sp : xzr;
    case 'redundant':
      return 0;
    case 'bitmask':
    case 'bitmask32':
      return randomBitmask(kind === 'bitmask32', random);
    case 'fd':
    case 'fq':
    case 'v':
    case 'u':
    case 'n':
    case 's':
    case 'zero':
    case 'pc':
    case 'page': {
      const number = scale * (signed && field >= 2 ** (width - 1) ? field - 2 ** width : field);
      return number < limit ? number : randomOperand(operand, random);
    }
    default: {
      const name = nameOfField(kind, field);
      return name !== undefined && field * scale < limit ? name : randomOperand(operand, random);
    }
  }
}

function randomBitmask(narrow: boolean, random: Random): bigint {
  const value = decodeBitmask(random.below(narrow ? 0x1000 : 0x2000));
  if (value === undefined) return randomBitmask(narrow, random);
  return narrow ? BigInt.asUintN(32, value) : value;
}

/** Sets a register to a constant. */
function constant(register: number, value: bigint): number[] {
  const halves = [0, 16, 32, 48].map((shift) => ({ shift, half: Number((value >> BigInt(shift)) & 0xffffn) }));
  const [first, ...rest] = halves.filter(({ half }) => half !== 0);
  const words = [encodeRow('movz', [register, first?.half ?? 0, first?.shift ?? 0])];
  return [...words, ...rest.map(({ half, shift }) => encodeRow('movk', [register, half, shift]))];
}

/** Sets a base register, which may be the stack pointer. */
const baseConstant = (register: number, value: bigint): number[] =>
  register === NONE ? [...constant(SCRATCH, value), encodeRow('add.imm', [sp, SCRATCH, 0])] : constant(register, value);

/** A branch over one instruction, taken or not. */
function branchItem(id: InstructionId, random: Random): number[] {
  const skipped = encodeRow('add.imm', [random.below(PROGRAM_REGISTERS), random.below(PROGRAM_REGISTERS), 1]);
  const link = encodeRow('orr', [random.below(PROGRAM_REGISTERS), xzr, 30]);
  if (id === 'br' || id === 'blr' || id === 'ret')
    return [encodeRow('adr', [SCRATCH, 12]), encodeRow(id, [SCRATCH]), skipped, link];
  const operands = operandsOf(id).map((operand) => (operand.kind === 'pc' ? 8 : randomOperand(operand, random)));
  const branch = encodeRow(id, operands);
  return id === 'bl' ? [branch, skipped, link] : [branch, skipped];
}

/** Which operands of a row make its address, by its syntax. */
export interface MemoryRow {
  readonly base: number;
  /** The register that is extended and added. */
  readonly offset: number | undefined;
  /** The immediate that is added before the access. */
  readonly immediate: number | undefined;
}

export function memoryRow(syntax: string): MemoryRow {
  const at = (pattern: RegExp): number | undefined => {
    const found = pattern.exec(syntax)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  return { base: at(/ \[%(\d)/) ?? 0, offset: at(/ \[%\d, %(\d)/), immediate: at(/ \[%\d\(?, #%(\d)/) };
}

/** Whether an access faults where it is not aligned, even to Normal memory. */
const mustAlign = (id: string): boolean =>
  /^(cas|swp|ld(add|clr|eor|set|[su]m|a?x|ap?u?r|lar)|st(l?x|llr|lu?r))/.test(id);

function memoryItem(id: InstructionId, syntax: string, random: Random, data: Data): number[] {
  const row = memoryRow(syntax);
  const specs = operandsOf(id);
  const operands = distinctOperands(id, specs, random);
  const unit = mustAlign(id) ? 16 : random.of([1, 1, 2, 4, 8, 16]);
  const address = data.address + BigInt(random.below((data.size - WIDEST) / unit) * unit);
  const base = registerNumber(operands[row.base] ?? 0);
  const words: number[] = [];
  let added = BigInt(row.immediate === undefined ? 0 : Number(operands[row.immediate]));
  if (row.offset !== undefined) {
    const register = registerNumber(operands[row.offset] ?? 0);
    const value = register === NONE ? 0n : trickyValue(random);
    if (register !== NONE) words.push(...constant(register, value));
    const amount = id.startsWith('prfm') || /^(ld|st)rs?b/.test(id) ? 0 : Number(operands[row.offset + 2]);
    added = extended(value, String(operands[row.offset + 1])) << BigInt(amount);
  }
  words.push(...baseConstant(base, BigInt.asUintN(64, address - added)));
  return [...words, ...before(id, operands, random), encodeRow(id, operands)];
}

/** What a register offset comes to before it is shifted. */
export function extended(value: bigint, name: string): bigint {
  if (name === 'uxtw') return BigInt.asUintN(32, value);
  return name === 'sxtw' ? BigInt.asIntN(32, value) : value;
}

/** Operands that name no register twice: what such loads and stores do is left open (Arm ARM K1). */
export function distinctOperands(id: InstructionId, specs: readonly Operand[], random: Random): OperandValue[] {
  const operands = specs.map((operand) => randomOperand(operand, random));
  const names = specs.flatMap(({ kind, scale }, at) => {
    const value = registerNumber(operands[at] ?? 0);
    if (kind === 'xsp') return value === NONE ? ['sp'] : [`x${value}`];
    if (['x', 'w', 'xw'].includes(kind)) return scale === 2 ? [`x${value}`, `x${value + 1}`] : [`x${value}`];
    return ['fd', 'fq', 'v'].includes(kind) ? [`v${value}`] : [];
  });
  return new Set(names).size === names.length ? operands : distinctOperands(id, specs, random);
}

/** What gives an instruction something to do: a marked address, or the value that memory is compared with. */
function before(id: InstructionId, operands: readonly OperandValue[], random: Random): number[] {
  const [, second = 0, third = 0, fourth = 0] = operands;
  if (/^stl?x/.test(id)) {
    if (random.below(4) === 0) return [encodeRow('clrex', [])];
    const load = isInstruction(id.replace(/^stl?x/, 'ldx'));
    return [encodeRow(load, id.includes('xp') ? [SCRATCH, xzr, fourth] : [SCRATCH, third])];
  }
  if (!id.startsWith('cas') || random.below(2) === 0) return [];
  if (id === 'casp' || id === 'casp.w')
    return [encodeRow(id === 'casp' ? 'ldp' : 'ldp.w', [second, Number(second) + 1, fourth])];
  const load = isInstruction(id.replace('cas', 'ldr'));
  return second === xzr ? [] : [encodeRow(load, [second, fourth])];
}

function isInstruction(text: string): InstructionId {
  const found = usedIds.find((id) => id === text);
  if (found === undefined) throw new Error(`no instruction ${text}`);
  return found;
}
