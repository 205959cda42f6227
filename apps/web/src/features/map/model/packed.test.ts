import { parseIomem, rolesOf } from '@kexeckit/ioport';
import { expect, test } from 'vitest';
import { axisOf } from './axis.ts';
import { legendOf } from './legend.ts';
import { type Mark, machineMarks, markOf } from './marks.ts';
import { modelOf } from './model.ts';
import { packedBuffers, packMarks, packRows, unpackMarks, unpackRows } from './packed.ts';
import { resourceRows } from './tree.ts';

const memory = parseIomem(
  [
    '40000000-bfffffff : System RAM',
    '  40210000-415fffff : Kernel code',
    '  50000800-50000fff : reserved',
    '  b0000000-bfffffff : Crash kernel',
    'fffffffffffff000-ffffffffffffffff : a device',
    '',
  ].join('\n'),
);

test('marks and lines cross as they are, to the last address', () => {
  const marks = [
    ...machineMarks({ memory, roles: rolesOf(memory) }),
    markOf('found', 'found', '', { start: 0n, end: 1n }, 'x'),
  ];
  const packed = packMarks(marks);
  expect(unpackMarks(structuredClone(packed, { transfer: packedBuffers(packed) }))).toEqual(marks);
  expect(unpackRows(packRows(resourceRows(memory)))).toEqual(resourceRows(memory));
});

/** How often the addresses of so many marks are read until they are drawn. */
function readsOf(length: number): number {
  let reads = 0;
  const marks = Array.from({ length }, (_, at): Mark => {
    // From the last to the first, which is the most that there is to sort.
    const start = BigInt(length - at) * 0x4000n;
    const mark = markOf('memory', 'reserved', 'reserved', { start, end: start + 0x1fffn });
    return {
      ...mark,
      get start() {
        reads += 1;
        return start;
      },
      get end() {
        reads += 1;
        return start + 0x1fffn;
      },
    };
  });
  const model = modelOf(marks);
  axisOf('compressed', model.extent);
  legendOf(model);
  return reads;
}

test('each address of a map is read a few times, however many there are', () => {
  expect(readsOf(1000)).toBeLessThanOrEqual(4 * 1000);
  expect(readsOf(8000)).toBe(8 * readsOf(1000));
});
