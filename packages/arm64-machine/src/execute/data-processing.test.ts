import {
  decodeBitmask,
  type InstructionId,
  instructionIds,
  nameOfField,
  type Operand,
  type OperandKind,
  type OperandValue,
  operandsOf,
  registerNumber,
  sp,
  xzr,
} from '@kexeckit/a64';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SP } from '../registers.ts';
import { oneCpu } from '../testing/one-cpu.ts';
import { models, rowOf } from '../testing/reference.ts';
import { arithmetic } from './arithmetic.ts';
import { bitfields } from './bitfield.ts';
import { bits } from './bits.ts';
import { checksums } from './crc32.ts';
import { divisions } from './divide.ts';
import { flags } from './flags.ts';
import { logical } from './logical.ts';
import { moves } from './move.ts';
import { multiplications } from './multiply.ts';

const reference = models();
const ids = instructionIds().filter((id) => reference.has(rowOf(id)));
const REGISTERS = 4;

const values = fc.oneof(
  fc.constantFrom(0n, 1n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 1n << 63n, (1n << 63n) - 1n, (1n << 64n) - 1n),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }),
  fc.bigInt({ min: 0n, max: 200n }),
);

const isRegister = ({ kind }: Operand): boolean => ['x', 'w', 'xw', 'xsp', 'wsp'].includes(kind);

/** Any value of an operand; registers are few, so that they often coincide. */
function operandValues(operand: Operand): fc.Arbitrary<OperandValue> {
  const { kind, width, scale, limit } = operand;
  if (isRegister(operand)) return fc.constantFrom<OperandValue>(0, 1, 2, 3, kind.endsWith('sp') ? sp : xzr);
  if (kind === 'redundant') return fc.constant(0);
  const fields = fc.integer({ min: 0, max: 2 ** width - 1 }).filter((field) => field * scale < limit);
  if (kind === 'bitmask' || kind === 'bitmask32') {
    const narrow = kind === 'bitmask32';
    return fields
      .map((field) => (narrow && field >= 0x1000 ? undefined : decodeBitmask(field)))
      .filter((value) => value !== undefined)
      .map((value) => (narrow ? BigInt.asUintN(32, value) : value));
  }
  if (kind === 'u' || kind === 'n') return fields.map((field) => field * scale);
  return isNamed(kind) ? fields.map((field) => nameOfField(kind, field) ?? '') : fields;
}

const isNamed = (kind: string): kind is 'cond' | 'shift' | 'extend' => ['cond', 'shift', 'extend'].includes(kind);

/** How wide the register of an operand is; of `xw` the extension tells. */
function widthOf(kind: OperandKind | undefined, operands: readonly OperandValue[]): number {
  if (kind === 'xw') return operands.some((value) => value === 'uxtx' || value === 'sxtx') ? 64 : 32;
  return kind === 'w' || kind === 'wsp' ? 32 : 64;
}

function check(id: InstructionId, operands: readonly OperandValue[], held: readonly bigint[], flags: number): void {
  const { cpu, execute } = oneCpuForAll;
  const specs = operandsOf(id);
  const slot = (at: number): number => {
    const register = operands[at] ?? 0;
    return register === sp ? SP : registerNumber(register);
  };
  held.forEach((value, at) => {
    cpu.registers.set(at < REGISTERS ? at : SP, value);
  });
  [cpu.n, cpu.z, cpu.c, cpu.v] = [(flags >> 3) & 1, (flags >> 2) & 1, (flags >> 1) & 1, flags & 1];
  const wanted = reference.get(rowOf(id))?.({
    width: id.endsWith('.w') ? 32 : 64,
    operands,
    flags,
    value: (at) => BigInt.asUintN(widthOf(specs[at]?.kind, operands), cpu.registers.get(slot(at))),
  });
  execute(id, ...operands);
  const to = slot(0);
  const after = held.map((value, at) =>
    wanted?.result !== undefined && to === (at < REGISTERS ? at : SP) ? wanted.result : value,
  );
  expect([0, 1, 2, 3, SP].map((at) => cpu.registers.get(at))).toEqual(after);
  expect((cpu.n << 3) | (cpu.z << 2) | (cpu.c << 1) | cpu.v).toBe(wanted?.flags ?? flags);
  expect(cpu.registers.get(31)).toBe(0n);
}

const oneCpuForAll = oneCpu('off');

describe('data processing does what unlimited integers do', () => {
  test('every row but address and flag conversions has a model', () => {
    const families = [arithmetic, logical, moves, bitfields, bits, checksums, multiplications, divisions, flags];
    const rows = families.flatMap((family) => Object.keys(family));
    const withoutModel = rows.filter((row) => !ids.some((id) => id === row));
    expect(withoutModel.sort()).toEqual(['adr', 'adrp', 'axflag', 'xaflag']);
  });

  test.each(ids)('%s', (id) => {
    fc.assert(
      fc.property(
        fc.tuple(...operandsOf(id).map(operandValues)),
        fc.array(values, { minLength: REGISTERS + 1, maxLength: REGISTERS + 1 }),
        fc.integer({ min: 0, max: 15 }),
        (operands, held, flags) => check(id, operands, held, flags),
      ),
      { seed: 20261124, numRuns: 100 },
    );
  });
});
