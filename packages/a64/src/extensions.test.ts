import { expect, test } from 'vitest';
import { decode, print } from './codec.ts';

// The words are those that GNU as and LLVM's tests have for the lines.

test.each([
  ['CRC32', 0x9ac34c20, 'crc32x w0, w1, x3'],
  ['LSE', 0xf8a10041, 'ldadda x1, x1, [x2]'],
  ['RCpc', 0xf8bfc020, 'ldapr x0, [x1]'],
  ['RCpc 2', 0xd9400020, 'ldapur x0, [x1]'],
  ['flag manipulation', 0xba000402, 'rmif x0, #0, #2'],
  ['MOPS', 0x19010440, 'cpyfp [x0]!, [x1]!, x2!'],
  ['CSSC, ABS', 0xdac02020, 'abs x0, x1'],
  ['CSSC, CNT', 0x5ac01c20, 'cnt w0, w1'],
  ['CSSC, CTZ', 0xdac01820, 'ctz x0, x1'],
  ['CSSC, SMAX', 0x9ac26020, 'smax x0, x1, x2'],
  ['CSSC, SMIN', 0x91cbfc20, 'smin x0, x1, #-1'],
  ['CSSC, UMAX', 0x91c7fc20, 'umax x0, x1, #255'],
  ['CSSC, UMIN', 0x1ac26c20, 'umin w0, w1, w2'],
  ['HBC', 0x54000050, 'bc.eq .+8'],
  ['WFxT', 0xd5031003, 'wfet x3'],
])('the README counts %s: %i is %s', (_, word, text) => expect(print(word)).toBe(text));

test.each([
  ['MTE', 0x9adf1020, 'irg x0, x1'],
  ['MTE', 0xd9200820, 'stg x0, [x1]'],
  ['pointer authentication', 0xdac10020, 'pacia x0, x1'],
  ['pointer authentication', 0xd71f0801, 'braa x0, x1'],
  ['pointer authentication', 0xd65f0bff, 'retaa'],
  ['pointer authentication', 0xf8200420, 'ldraa x0, [x1]'],
  ['LS64', 0xf83fd020, 'ld64b x0, [x1]'],
  ['TME', 0xd5233060, 'tstart x0'],
  ['RCpc 3', 0x99440a9c, 'ldiapp w28, w4, [x20], #8'],
  ['LSE128', 0x19228161, 'swpp x1, x2, [x11]'],
  ['RCW', 0x19200881, 'rcwcas x0, x1, [x4]'],
  ['D128', 0xd5782000, 'mrrs x0, x1, ttbr0_el1'],
  ['CPA', 0x9a022020, 'addpt x0, x1, x2'],
])('the README does not claim %s, and %i, %s, does not decode', (_, word) => expect(decode(word)).toBeUndefined());
