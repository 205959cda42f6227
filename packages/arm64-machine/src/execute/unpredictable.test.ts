import { decode, encodeRow, type InstructionId, type OperandValue } from '@kexeckit/a64';
import { describe, expect, test } from 'vitest';
import { unpredictable } from './unpredictable.ts';

const why = (id: InstructionId, ...operands: OperandValue[]): string | undefined => {
  const decoded = decode(encodeRow(id, operands));
  if (decoded === undefined) throw new Error(`${id} is not decoded`);
  return unpredictable(decoded);
};

describe('what is left open', () => {
  test.each<[InstructionId, ...OperandValue[]]>([
    ['ldp', 2, 2, 1, 0],
    ['ldp.w', 'xzr', 'xzr', 1, 0],
    ['ldnp', 2, 2, 1, 0],
    ['ldp.q', 2, 2, 1, 0],
    ['ldp.d.post', 2, 2, 1, 16],
    ['ldp.post', 1, 2, 1, 16],
    ['ldp.pre.w', 2, 1, 1, 8],
    ['stp.post', 2, 1, 1, 16],
    ['stp.pre', 1, 2, 1, 16],
    ['ldr.post', 1, 1, 8],
    ['ldrb.pre', 1, 1, 8],
    ['ldrsw.post', 1, 1, 8],
    ['ldrsh.pre.w', 1, 1, 8],
    ['str.pre', 1, 1, 8],
    ['strh.post', 1, 1, 8],
    ['ldxp', 2, 2, 1],
    ['ldaxp.w', 2, 2, 1],
    ['stxr', 2, 2, 1],
    ['stlxrb', 1, 2, 1],
    ['stxp', 2, 3, 2, 1],
    ['stlxp.w', 2, 2, 3, 1],
    ['stxp', 1, 2, 3, 1],
  ])('%s %s, %s, %s, %s', (...form) => {
    expect(why(...form)).toBeTypeOf('string');
  });

  test.each<[InstructionId, ...OperandValue[]]>([
    ['ldp', 2, 1, 1, 0],
    ['stp', 2, 2, 1, 0],
    ['stp.post', 2, 2, 1, 16],
    ['ldp.q.post', 2, 1, 1, 32],
    ['ldr', 1, 1, 8],
    ['ldr.reg', 1, 1, 2, 'lsl', 0],
    ['ldr.post', 'xzr', 'sp', 8],
    ['str.pre', 'xzr', 'sp', 8],
    ['ldr.q.post', 1, 1, 16],
    ['stxr', 2, 3, 1],
    ['stxr', 'xzr', 3, 'sp'],
    ['ldxr', 1, 1],
    ['ldxp', 1, 2, 1],
    ['cpyfp', '', 1, 2, 3],
    ['setp', '', 1, 2, 'xzr'],
  ])('%s %s, %s, %s, %s is not', (...form) => {
    expect(why(...form)).toBeUndefined();
  });
});
