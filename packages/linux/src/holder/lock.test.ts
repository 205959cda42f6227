import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { withLock } from './lock.ts';
import { type ProcessId, thisProcess } from './process.ts';
import { otherHolder, readHolder, removeRecord, writeRecord } from './record.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kexeckit-lock-'));
});

const note = (name: string, changes: Partial<ProcessId>): void =>
  writeFileSync(join(folder, name), JSON.stringify({ ...thisProcess(), strategy: 'mmu-on', ...changes }));

const dead = { started: 1 };
const ofAnotherBoot = { boot: 'another' };
const ofAnotherNamespace = { namespace: 'pid:[1]', started: 1 };

describe('a lock', () => {
  test('keeps a second one out until it is given back, however its work ends', async () => {
    const second = (): Promise<string> => withLock(folder, async () => 'done');
    const failed = withLock(folder, async () => {
      await expect(second()).rejects.toMatchObject({
        code: 'EBUSY',
        message: expect.stringContaining(`${process.pid}`),
      });
      throw new Error('as it goes');
    });
    await expect(failed).rejects.toThrow('as it goes');
    expect(await second()).toBe('done');
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['a process that has died', dead],
    ['another boot', ofAnotherBoot],
  ])('of %s counts for nothing', async (_, owner) => {
    note('lock', owner);
    expect(await withLock(folder, async () => 'done')).toBe('done');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('of another namespace is somebody else', async () => {
    note('lock', ofAnotherNamespace);
    await expect(withLock(folder, async () => 'done')).rejects.toMatchObject({
      code: 'EBUSY',
      message: expect.stringContaining('of another namespace'),
      // Only whoever started it knows whether it has ended.
      hint: expect.stringContaining(join(folder, 'lock')),
    });
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  test.each(['', '{"pid":1}', 'null'])('that names no process counts for nothing: %j', async (content) => {
    writeFileSync(join(folder, 'lock'), content);
    expect(await withLock(folder, async () => 'done')).toBe('done');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is refused with the reason where it cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(withLock(join(folder, 'file/run'), async () => 'done')).rejects.toMatchObject({
      code: 'EIO',
      hint: expect.stringContaining('/run'),
    });
  });
});

describe('the note of a holder', () => {
  test('is of the process that wrote it, and goes with it only', () => {
    writeRecord('mmu-on', folder);
    expect(readHolder(folder)).toMatchObject({ pid: process.pid, isAlive: true });
    expect(otherHolder(folder)).toBeUndefined();
    removeRecord(folder, { ...thisProcess(), started: 1 });
    expect(readHolder(folder)).toBeDefined();
    removeRecord(folder);
    expect(readHolder(folder)).toBeUndefined();
  });

  test.each([
    ['that has died', dead, false],
    ['of another namespace', ofAnotherNamespace, undefined],
  ])('%s stays when another one lets go', (_, owner, isAlive) => {
    note('holder.json', owner);
    writeFileSync(join(folder, 'holder.socket'), '');
    removeRecord(folder);
    expect(readHolder(folder)?.isAlive).toBe(isAlive);
    expect(existsSync(join(folder, 'holder.socket'))).toBe(true);
  });

  test('of another boot says nothing of this one', () => {
    note('holder.json', ofAnotherBoot);
    expect(readHolder(folder)).toBeUndefined();
  });
});
