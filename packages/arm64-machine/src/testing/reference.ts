import type { InstructionId, OperandValue } from '@kexeckit/a64';

/** N, Z, C and V as four bits. */
export type Flags = number;

/** What an instruction of data processing works on, in the order of its operands; registers are given as values. */
export interface Inputs {
  readonly width: 32 | 64;
  readonly operands: readonly OperandValue[];
  /** The value of the register that an operand names, as wide as the operand is. */
  value(operand: number): bigint;
  readonly flags: Flags;
}

/** What it gives: its target register, where it has one, and the flags, where it sets them. */
export interface Outputs {
  readonly result?: bigint;
  readonly flags?: Flags;
}

type Model = (inputs: Inputs) => Outputs;

const ones = (width: number): bigint => (1n << BigInt(width)) - 1n;
const signed = (value: bigint, width: number): bigint => BigInt.asIntN(width, value);
const number = (value: OperandValue | undefined): number => Number(value);

/** a + b + carry with its flags, by comparing the sum with what unlimited integers give. */
function addWithCarry(a: bigint, b: bigint, carry: bigint, width: number): Required<Outputs> {
  const result = (a + b + carry) & ones(width);
  const [n, z] = [result >> BigInt(width - 1) === 1n, result === 0n];
  const c = result !== a + b + carry;
  const v = signed(result, width) !== signed(a, width) + signed(b, width) + carry;
  return { result, flags: (n ? 8 : 0) + (z ? 4 : 0) + (c ? 2 : 0) + (v ? 1 : 0) };
}

const subtract = (a: bigint, b: bigint, width: number): Required<Outputs> =>
  addWithCarry(a, ~b & ones(width), 1n, width);

function shifted(value: bigint, kind: string, by: bigint, width: 32 | 64): bigint {
  switch (kind) {
    case 'lsl':
      return (value << by) & ones(width);
    case 'lsr':
      return value >> by;
    case 'asr':
      return (signed(value, width) >> by) & ones(width);
    default:
      return ((value >> by) | (value << (BigInt(width) - by))) & ones(width);
  }
}

function extended(value: bigint, name: string): bigint {
  const bits = { b: 8, h: 16, w: 32, x: 64 }[name.slice(3)] ?? 0;
  return name.startsWith('s') ? signed(value, bits) : BigInt.asUintN(bits, value);
}

function holds(flags: Flags, condition: string): boolean {
  const [n, z, c, v] = [8, 4, 2, 1].map((bit) => (flags & bit) !== 0);
  const tests: Record<string, boolean | undefined> = {
    eq: z,
    cs: c,
    mi: n,
    vs: v,
    hi: c && !z,
    ge: n === v,
    gt: n === v && !z,
    al: true,
    nv: true,
  };
  const opposite: Record<string, string> = { ne: 'eq', cc: 'cs', pl: 'mi', vc: 'vs', ls: 'hi', lt: 'ge', le: 'gt' };
  return tests[condition] ?? !tests[opposite[condition] ?? ''];
}

const logical: Record<string, (a: bigint, b: bigint) => bigint> = {
  and: (a, b) => a & b,
  bic: (a, b) => a & ~b,
  orr: (a, b) => a | b,
  orn: (a, b) => a | ~b,
  eor: (a, b) => a ^ b,
  eon: (a, b) => a ^ ~b,
  ands: (a, b) => a & b,
  bics: (a, b) => a & ~b,
};

function logicalResult(name: string, a: bigint, b: bigint, width: number): Outputs {
  const result = (logical[name]?.(a, b) ?? 0n) & ones(width);
  if (!name.endsWith('s')) return { result };
  return { result, flags: (result >> BigInt(width - 1) === 1n ? 8 : 0) + (result === 0n ? 4 : 0) };
}

/** SBFM, BFM, UBFM: the field of n that lands in the target, and what is around it. */
function bitfield({ width, operands, value }: Inputs, fill: 'sign' | 'zero' | 'keep'): Outputs {
  const [r, s] = [number(operands[2]), number(operands[3])];
  const size = s >= r ? s - r + 1 : s + 1;
  const at = BigInt(s >= r ? 0 : width - r);
  const field = (value(1) >> BigInt(s >= r ? r : 0)) & ones(size);
  if (fill === 'keep') return { result: (value(0) & ~(ones(size) << at) & ones(width)) | (field << at) };
  return { result: ((fill === 'sign' ? signed(field, size) : field) << at) & ones(width) };
}

/** The remainder of a polynomial division, bit by bit from the lowest. */
function checksum(sum: bigint, data: bigint, bits: number, polynomial: bigint): bigint {
  let rest = sum ^ (data & ones(bits));
  for (let bit = 0; bit < bits; bit++) rest = (rest >> 1n) ^ ((rest & 1n) * polynomial);
  return rest;
}

/** The value with its groups of so many bits in the other order, within each element of a size. */
function reversed(value: bigint, width: number, element: number, group: number): bigint {
  let result = 0n;
  for (let at = 0; at < width; at += group) {
    const base = at - (at % element);
    const to = base + element - group - (at - base);
    result |= ((value >> BigInt(at)) & ones(group)) << BigInt(to);
  }
  return result;
}

const leadingZeros = (value: bigint, width: number): bigint =>
  BigInt(width - (value === 0n ? 0 : value.toString(2).length));

function divided(a: bigint, b: bigint, width: number): Outputs {
  return { result: b === 0n ? 0n : (a / b) & ones(width) };
}

function select({ width, operands, value, flags }: Inputs, change: (value: bigint) => bigint): Outputs {
  return { result: holds(flags, String(operands[3])) ? value(1) : change(value(2)) & ones(width) };
}

const long = (inputs: Inputs, sign: 1n | -1n, isSigned: boolean): Outputs => {
  const [n, m] = [inputs.value(1), inputs.value(2)].map((value) => (isSigned ? signed(value, 32) : value));
  return { result: (inputs.value(3) + sign * (n ?? 0n) * (m ?? 0n)) & ones(64) };
};

/** ADC and SBC. */
const carries: Record<string, Model> = {
  adc: ({ width, value, flags }) => ({
    result: addWithCarry(value(1), value(2), BigInt((flags >> 1) & 1), width).result,
  }),
  adcs: ({ width, value, flags }) => addWithCarry(value(1), value(2), BigInt((flags >> 1) & 1), width),
  sbc: ({ width, value, flags }) => ({
    result: addWithCarry(value(1), ~value(2) & ones(width), BigInt((flags >> 1) & 1), width).result,
  }),
  sbcs: ({ width, value, flags }) => addWithCarry(value(1), ~value(2) & ones(width), BigInt((flags >> 1) & 1), width),
};

/** Moves, bit fields and selections. */
const moves: Record<string, Model> = {
  movz: ({ operands }) => ({ result: BigInt(number(operands[1])) << BigInt(number(operands[2])) }),
  movn: ({ width, operands }) => ({
    result: ~(BigInt(number(operands[1])) << BigInt(number(operands[2]))) & ones(width),
  }),
  movk: ({ operands, value }) => {
    const at = BigInt(number(operands[2]));
    return { result: (value(0) & ~(0xffffn << at)) | (BigInt(number(operands[1])) << at) };
  },
  sbfm: (inputs) => bitfield(inputs, 'sign'),
  ubfm: (inputs) => bitfield(inputs, 'zero'),
  bfm: (inputs) => bitfield(inputs, 'keep'),
  extr: ({ width, operands, value }) => ({
    result: (((value(1) << BigInt(width)) | value(2)) >> BigInt(number(operands[3]))) & ones(width),
  }),
  csel: (inputs) => select(inputs, (value) => value),
  csinc: (inputs) => select(inputs, (value) => value + 1n),
  csinv: (inputs) => select(inputs, (value) => ~value),
  csneg: (inputs) => select(inputs, (value) => -value),
};

/** Products and quotients. */
const products: Record<string, Model> = {
  madd: ({ width, value }) => ({ result: (value(3) + value(1) * value(2)) & ones(width) }),
  msub: ({ width, value }) => ({ result: (value(3) - value(1) * value(2)) & ones(width) }),
  smaddl: (inputs) => long(inputs, 1n, true),
  smsubl: (inputs) => long(inputs, -1n, true),
  umaddl: (inputs) => long(inputs, 1n, false),
  umsubl: (inputs) => long(inputs, -1n, false),
  smulh: ({ value }) => ({ result: ((signed(value(1), 64) * signed(value(2), 64)) >> 64n) & ones(64) }),
  umulh: ({ value }) => ({ result: (value(1) * value(2)) >> 64n }),
  udiv: ({ width, value }) => divided(value(1), value(2), width),
  sdiv: ({ width, value }) => divided(signed(value(1), width), signed(value(2), width), width),
};

/** Reversals, counts and flags. */
const bits: Record<string, Model> = {
  rbit: ({ width, value }) => ({ result: reversed(value(1), width, width, 1) }),
  rev: ({ width, value }) => ({ result: reversed(value(1), width, width, 8) }),
  rev32: ({ value }) => ({ result: reversed(value(1), 64, 32, 8) }),
  rev16: ({ width, value }) => ({ result: reversed(value(1), width, 16, 8) }),
  clz: ({ width, value }) => ({ result: leadingZeros(value(1), width) }),
  cls: ({ width, value }) => ({
    result: leadingZeros((value(1) ^ (value(1) >> 1n)) & ones(width - 1), width - 1),
  }),
  rmif: ({ operands, value, flags }) => {
    const mask = number(operands[2]);
    const rotated = Number(shifted(value(0), 'ror', BigInt(number(operands[1])), 64) & 15n);
    return { flags: (flags & ~mask) | (rotated & mask) };
  },
  cfinv: ({ flags }) => ({ flags: flags ^ 2 }),
};

/** Sums, differences and comparisons, in all forms. */
function addSums(all: Record<string, Model>): void {
  for (const [name, isSubtraction] of [
    ['add', false],
    ['sub', true],
  ] as const) {
    const compute = (a: bigint, b: bigint, width: number): Required<Outputs> =>
      isSubtraction ? subtract(a, b & ones(width), width) : addWithCarry(a, b & ones(width), 0n, width);
    const forms: Record<string, (inputs: Inputs) => bigint> = {
      '': ({ width, operands, value }) => shifted(value(2), String(operands[4]), BigInt(number(operands[3])), width),
      '.ext': ({ operands, value }) => extended(value(2), String(operands[3])) << BigInt(number(operands[4])),
      '.imm': ({ operands }) => BigInt(number(operands[2])),
      '.imm12': ({ operands }) => BigInt(number(operands[2])) << 12n,
    };
    for (const [form, second] of Object.entries(forms)) {
      all[`${name}${form}`] = (inputs) => ({ result: compute(inputs.value(1), second(inputs), inputs.width).result });
      all[`${name}s${form}`] = (inputs) => compute(inputs.value(1), second(inputs), inputs.width);
    }
    const compare = isSubtraction ? 'ccmp' : 'ccmn';
    const compareIf = ({ width, operands, value, flags }: Inputs, second: bigint): Outputs => ({
      flags: holds(flags, String(operands[3])) ? compute(value(0), second, width).flags : number(operands[2]),
    });
    all[compare] = (inputs) => compareIf(inputs, inputs.value(1));
    all[`${compare}.imm`] = (inputs) => compareIf(inputs, BigInt(number(inputs.operands[1])));
  }
}

/** What comes in families: logical operations, shifts, checksums, SETF. */
function addFamilies(all: Record<string, Model>): void {
  for (const name of Object.keys(logical)) {
    all[name] = ({ width, operands, value }) =>
      logicalResult(name, value(1), shifted(value(2), String(operands[4]), BigInt(number(operands[3])), width), width);
  }
  for (const name of ['and', 'orr', 'eor', 'ands'])
    all[`${name}.imm`] = ({ width, operands, value }) => logicalResult(name, value(1), BigInt(operands[2] ?? 0), width);
  for (const kind of ['lsl', 'lsr', 'asr', 'ror'])
    all[`${kind}v`] = ({ width, value }) => ({ result: shifted(value(1), kind, value(2) % BigInt(width), width) });
  for (const [size, bits] of Object.entries({ b: 8, h: 16, w: 32, x: 64 })) {
    all[`crc32${size}`] = ({ value }) => ({ result: checksum(value(1), value(2), bits, 0xedb88320n) });
    all[`crc32c${size}`] = ({ value }) => ({ result: checksum(value(1), value(2), bits, 0x82f63b78n) });
  }
  for (const bits of [8, 16]) {
    all[`setf${bits}`] = ({ value, flags }) => {
      const bit = (at: number): number => Number((value(0) >> BigInt(at)) & 1n);
      const zero = (value(0) & ones(bits)) === 0n;
      return { flags: bit(bits - 1) * 8 + (zero ? 4 : 0) + (flags & 2) + (bit(bits) ^ bit(bits - 1)) };
    };
  }
}

/** A model of every row of data processing, written from the Arm ARM's descriptions with unlimited integers. */
export function models(): Map<string, Model> {
  const all: Record<string, Model> = { ...carries, ...moves, ...products, ...bits };
  addSums(all);
  addFamilies(all);
  return new Map(Object.entries(all));
}

/** The model of an instruction, by its row. */
export const rowOf = (id: InstructionId): string => id.replace(/\.w$/, '');
