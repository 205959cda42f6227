import {
  type Decoded,
  decode,
  encodeRow,
  type InstructionId,
  instructionIds,
  type OperandValue,
  operandsOf,
  registerNumber,
} from '@kexeckit/a64';
import type { Random } from '../random.ts';
import { distinctOperands, extended, memoryRow, randomOperand, rowOf, trickyValue } from '../random-program.ts';
import type { Case } from './driver.ts';
import { OLD, page, READ_ONLY, SLOT, SLOTS_VA, UNMAPPED, USER, USER_CODE, windows } from './layout.ts';

/**
 * What no case executes of the table: what ends or stops the run (semihosting, WFI), changes what the driver lives on (tables, vectors,
 * SP), or is maintenance, of which QEMU models nothing: the strict machine's own tests have that.
 */
const LEFT_OUT = /^(hlt|dcps\d|wf[ei]t?|eret|drps|msr|mrs|msr\.spsel|sysl?|sys\.bare|udf|cpy.*|setg?[pme])(\.|$)/;

const ids: readonly InstructionId[] = instructionIds().filter((id) => !LEFT_OUT.test(id));

/** Where a branch to a register may go: the BRK behind the word, and places that cannot be executed from. */
function target(slot: bigint, random: Random): bigint {
  const address = random.of([
    slot + 8n,
    slot + 12n,
    slot + 10n,
    page(READ_ONLY),
    page(UNMAPPED) + 4n,
    page(OLD),
    page(USER),
    page(USER_CODE) + 8n,
    1n << 45n,
    0xff00_0000_0000_0000n,
  ]);
  return random.below(4) === 0 ? address | (BigInt(random.below(256)) << 56n) : address;
}

/** An address in one of the windows; now and then one that is nowhere, or has a tag. */
function dataAddress(random: Random): bigint {
  const [first, ...rest] = windows;
  if (first === undefined) throw new Error('there are no windows');
  const { from, size } = random.of([first, first, ...rest]);
  const unit = random.of([1, 2, 4, 8, 16, 16]);
  const address = from + BigInt(Math.floor(random.below(size) / unit) * unit);
  const kind = random.below(16);
  if (kind === 0) return address | (BigInt(random.below(256)) << 56n);
  if (kind === 1) return address | (1n << BigInt(39 + random.below(17)));
  return address;
}

/** Registers with values at random: numbers, and addresses of all kinds. */
function randomRegisters(slot: bigint, random: Random): bigint[] {
  return Array.from({ length: 32 }, () => {
    const kind = random.below(4);
    return kind === 0
      ? dataAddress(random)
      : kind === 1 && random.below(4) === 0
        ? target(slot, random)
        : trickyValue(random);
  });
}

/** What is written to a register becomes this modulo 2^64. */
const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);

/** Makes the base register such that a load or store goes to a window. */
function aim(id: InstructionId, operands: readonly OperandValue[], registers: bigint[], random: Random): void {
  const row = memoryRow(rowOf(id).syntax);
  const base = registerNumber(operands[row.base] ?? 0);
  let added = BigInt(row.immediate === undefined ? 0 : Number(operands[row.immediate]));
  if (row.offset !== undefined) {
    const register = registerNumber(operands[row.offset] ?? 0);
    const amount = /^(ld|st)rs?b/.test(id) ? 0 : Number(operands[row.offset + 2]);
    added =
      extended(register === 31 ? 0n : (registers[register] ?? 0n), String(operands[row.offset + 1])) << BigInt(amount);
  }
  registers[base] = wrap(dataAddress(random) - added);
}

/** A word of the table with random operands. */
function tableWord(id: InstructionId, random: Random): number {
  const specs = operandsOf(id);
  const operands = rowOf(id).syntax.includes(' [%')
    ? distinctOperands(id, specs, random)
    : specs.map((operand) => (operand.kind === 'pc' ? offset(random) : randomOperand(operand, random)));
  return encodeRow(id, operands);
}

/** A branch offset that fits every branch, and leads to no other word: never a whole slot, and never here again. */
const offset = (random: Random): number => 4 * (SLOT / 4) * (random.below(250) - 125) + 4 * (1 + random.below(15));

/** Whether a word can be a case: it must not be left out, must not hit the words of others, nor come back to itself. */
function isUsable(word: number): boolean {
  const decoded = decode(word);
  // The space of system instructions, exceptions and branches to registers: only what is known there.
  if (decoded === undefined)
    return (word & 0xff80_0000) >>> 0 !== 0xd500_0000 && (word & 0xfc00_0000) >>> 0 !== 0xd400_0000;
  if (LEFT_OUT.test(decoded.id)) return false;
  const at = operandsOf(decoded.id).findIndex(({ kind }) => kind === 'pc');
  if (at === -1 || decoded.id === 'adr' || decoded.id.includes('literal')) return true;
  return Number(decoded.operands[at]) % SLOT !== 0;
}

/** Reads and writes of registers that both machines have, or that both have not. */
function registerWord(random: Random): number {
  const t = random.below(31);
  const identification = `s3_0_c0_c${random.below(8)}_${random.below(8)}`;
  const others = ['daif', 'currentel', 'tpidr_el0', 'far_el1', 'mair_el1', 'vbar_el1', 'elr_el1'] as const;
  switch (random.below(8)) {
    case 0:
      return encodeRow('msr', [identification, t]);
    case 1:
      return encodeRow('mrs', [t, random.of(others)]);
    case 2:
      return encodeRow('msr', [random.of(['nzcv', 'daif']), t]);
    case 3:
      return encodeRow(random.of(['msr.daifset', 'msr.daifclr']), [random.below(16)]);
    default:
      return encodeRow('mrs', [t, identification]);
  }
}

/** DC ZVA: a store of 64 bytes. */
const zeroWord = (random: Random): number => encodeRow('sys', ['dc zva', random.below(31)]);

/** A word of one of three sorts: of the table, of the table with bits flipped, and any. */
function randomWord(turn: number, random: Random): number {
  const rare = random.below(64);
  if (rare === 0) return registerWord(random);
  if (rare === 1) return zeroWord(random);
  const sort = random.below(8);
  const id = ids[(turn * 7) % ids.length] ?? 'nop';
  let word = random.word();
  if (sort < 6) word = tableWord(id, random);
  if (sort === 4 || sort === 5)
    for (let flips = 1 + random.below(2); flips > 0; flips--) word = (word ^ (1 << random.below(32))) >>> 0;
  return isUsable(word) ? word : randomWord(turn, random);
}

const isMemory = ({ id }: Decoded): boolean => {
  const { syntax } = rowOf(id);
  return / \[%\d/.test(syntax) && !syntax.startsWith('prf');
};

/** The `at`-th case of a run; instructions of the table take turns from `turn` on. */
export function randomCase(at: number, turn: number, random: Random): Case {
  const slot = SLOTS_VA + BigInt(at * SLOT);
  const word = randomWord(turn, random);
  const registers = randomRegisters(slot, random);
  const decoded = decode(word);
  if (decoded !== undefined && isMemory(decoded)) aim(decoded.id, decoded.operands, registers, random);
  if (decoded?.id === 'sys') registers[registerNumber(decoded.operands[1] ?? 0)] = dataAddress(random);
  if (decoded !== undefined && /^(br|blr|ret)$/.test(decoded.id))
    registers[registerNumber(decoded.operands[0] ?? 0)] = target(slot, random);
  // Now and then SP is not aligned, which accesses through it check.
  if (random.below(4) > 0) registers[31] = (registers[31] ?? 0n) & ~15n;
  return { word, registers: registers.slice(0, 32), flags: random.below(16) };
}
