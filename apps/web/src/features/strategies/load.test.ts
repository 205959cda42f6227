import { expect, test } from 'vitest';
import { firstSubject, type Subject, withItem } from '../../desk/subject.ts';
import { phaseCounts } from './counts.ts';
import { loadOf } from './load.ts';

const MIB = 2 ** 20;
const wishing = (wishes: Partial<Subject['wishes']>): Subject => ({
  ...firstSubject,
  wishes: { ...firstSubject.wishes, ...wishes },
});

test('sizes are those of the files on the desk, and what is typed where there are none', () => {
  expect(loadOf(firstSubject)).toEqual({
    size: { kernelMib: 13, initrdMib: 24, verify: true },
    files: { kernel: undefined, initrd: undefined },
    isUsualCpu: true,
    remarks: [],
  });
  const kernel = { name: 'Image', bytes: new Uint8Array(2.5 * MIB) };
  const load = loadOf(withItem(wishing({ kernelMib: '7', initrdMib: '9', verify: '' }), 'kernel', kernel));
  expect(load.size).toEqual({ kernelMib: 2.5, initrdMib: 9, verify: false });
  expect(load.files).toEqual({ kernel: 'Image', initrd: undefined });
  expect(load.remarks.join()).toMatch(/as long as its file/);
  // Half a page is a page.
  const odd = loadOf(withItem(firstSubject, 'initrd', { name: 'initrd', bytes: new Uint8Array(MIB + 1) }));
  expect(phaseCounts('mmu-on', odd.size).bytes).toBe(14 * MIB + 2 * 4096);
});

test('CPUs that the counts are not of are said to be others', () => {
  for (const subject of [wishing({ cacheLine: '128' }), wishing({ lacks: 'sha256' })]) {
    expect(loadOf(subject).isUsualCpu).toBe(false);
    expect(loadOf(subject).remarks.join()).toMatch(/the CPUs on the desk are others/);
  }
  expect(loadOf(wishing({ kernelMib: 'x' })).size.kernelMib).toBe(13);
  expect(loadOf(wishing({ kernelMib: 'x' })).remarks.join()).toMatch(/wrong/);
});
