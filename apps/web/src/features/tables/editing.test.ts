import { expect, test } from 'vitest';
import { firstEdit, readEdit } from './editing.ts';

test('no edit at first, and one of each kind', () => {
  expect(readEdit(firstEdit)).toEqual({ complaints: {} });
  const range = { ...firstEdit, va: '0x40200000', size: '2M' };
  expect(readEdit({ ...range, kind: 'unmap', bbm: '2', wrong: 'tlbi' }).request).toEqual({
    edit: { kind: 'unmap', va: 0x40200000n, size: 0x200000n },
    bbm: 2,
    asid: undefined,
    wrong: 'tlbi',
  });
  expect(readEdit({ ...range, kind: 'protect', access: 'r', asid: '7' }).request).toMatchObject({
    edit: { kind: 'protect', attributes: { writable: false } },
    asid: 7,
  });
  expect(readEdit({ ...range, kind: 'map', pa: '1G' }).request?.edit).toMatchObject({
    kind: 'map',
    mapping: { pa: 0x40000000n, attributes: { writable: true } },
  });
});

test('what is wrong is said beside its field, all of it at once', () => {
  const { request, complaints } = readEdit({ ...firstEdit, kind: 'map', va: 'x', pa: '', access: 'q', asid: '65536' });
  expect(request).toBeUndefined();
  expect(Object.keys(complaints).sort()).toEqual(['access', 'asid', 'pa', 'size', 'va']);
});

test('what a link says of no way to be wrong is as planned', () => {
  const texts = { ...firstEdit, kind: 'unmap', va: '0', size: '4K', wrong: 'toString' };
  expect(readEdit(texts).request?.wrong).toBe('');
});
