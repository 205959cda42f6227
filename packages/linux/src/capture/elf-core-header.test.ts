import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { partsByReadelf, partsOf } from '../testing/core.ts';
import { coreHeaderSize, elfCoreHeader } from './elf-core-header.ts';

const contents = {
  notes: [
    { address: 0xbf5d_0400n, size: 424n },
    { address: 0xbf5e_f400n, size: 424n },
    { address: 0x46f3_5000n, size: 0x1024n },
  ],
  loads: [
    { address: 0x4021_0000n, size: 0x1e7_0000n, virtual: 0xffff_8000_0801_0000n },
    { address: 0x4000_0000n, size: 0x4_0000_0000n, virtual: 0xffff_0000_0000_0000n },
  ],
};

const expected = [
  ...contents.notes.map(({ address, size }) => part('NOTE', address, size, 0n)),
  ...contents.loads.map(({ address, size, virtual }) => part('LOAD', address, size, virtual)),
];

function part(type: string, address: bigint, size: bigint, virtual: bigint) {
  return { type, offset: address, virtual, physical: address, fileSize: size, memorySize: size };
}

test('has a program header for each note and each part of memory, notes first', () => {
  const bytes = elfCoreHeader(contents);
  expect(partsOf(bytes)).toEqual(expected);
  expect(bytes.length).toBe(coreHeaderSize(5));
});

test('is what a capture kernel looks for: a core of the second class for arm64', () => {
  const view = new DataView(elfCoreHeader({ notes: [], loads: [] }).buffer);
  const halves = [16, 18, 52, 54, 56].map((at) => view.getUint16(at, true));
  expect([view.getUint32(0, false), view.getUint8(4), ...halves]).toEqual([0x7f45_4c46, 2, 4, 183, 64, 56, 0]);
});

const hasReadelf = spawnSync('readelf', ['--version']).status === 0;

test.runIf(hasReadelf)('readelf reads the same', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kexeckit-core-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'core');
  writeFileSync(file, elfCoreHeader(contents));
  const text = execFileSync('readelf', ['-hlW', file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  expect(text).toMatch(/Type: +CORE .*\n +Machine: +AArch64\n/);
  expect(partsByReadelf(text)).toEqual(expected);
});
