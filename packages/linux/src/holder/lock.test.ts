import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { withLock, withLockIfAny, withLockSoon } from './lock.ts';
import { fateOf, type ProcessId, thisProcess } from './process.ts';
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

/** A process that takes the lock, says so, and keeps it. */
const holding = (at: string): string => `
  const { withLock } = await import(${JSON.stringify(new URL('../../dist/holder/lock.js', import.meta.url).href)});
  await withLock(${JSON.stringify(at)}, () => new Promise(() => {
    setInterval(() => {}, 1000);
    console.log('taken');
  }));
`;

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
  });

  test.each([
    ['a process that has died', dead],
    ['another boot', ofAnotherBoot],
    ['a container that was killed', ofAnotherNamespace],
  ])('of %s counts for nothing', async (_, owner) => {
    note('lock', owner);
    expect(await withLock(folder, async () => 'done')).toBe('done');
  });

  test.each(['', '{"pid":1', '\0'])('is none because of what stands in the file: %j', async (text) => {
    writeFileSync(join(folder, 'lock'), text);
    expect(await withLock(folder, async () => 'done')).toBe('done');
  });

  test('names who has it, and where', async () => {
    const path = join(folder, 'lock');
    await withLock(folder, async () => {
      note('lock', ofAnotherNamespace);
      await expect(withLock(folder, async () => 'done')).rejects.toMatchObject({
        message: `process ${process.pid} of another container is loading or unloading an image: it has locked ${path}`,
      });
      writeFileSync(path, '');
      await expect(withLock(folder, async () => 'done')).rejects.toMatchObject({
        message: expect.stringMatching(/^another process is/),
      });
    });
  });

  test('ends with its process', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', holding(folder)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await expect(withLock(folder, async () => 'done')).rejects.toMatchObject({
      code: 'EBUSY',
      message: expect.stringContaining(`process ${child.pid} `),
    });
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await withLock(folder, async () => 'done')).toBe('done');
  });

  test('names the path of what is no file', async () => {
    mkdirSync(join(folder, 'lock'));
    await expect(withLock(folder, async () => 'done')).rejects.toMatchObject({
      code: 'EIO',
      message: expect.stringContaining(join(folder, 'lock')),
    });
  });

  test.each([
    ['what unloads', withLockIfAny],
    ['what undoes', withLockSoon],
  ])('is not needed for %s where nobody can have it', async (_, locked) => {
    mkdirSync(join(folder, 'lock'));
    writeFileSync(join(folder, 'file'), '');
    for (const at of [folder, join(folder, 'file'), join(folder, 'file/run')])
      expect(await locked(at, async () => 'done')).toBe('done');
  });

  test('is needed for what unloads where another one has it', async () => {
    await withLock(folder, async () => {
      await expect(withLockIfAny(folder, async () => 'done')).rejects.toMatchObject({ code: 'EBUSY' });
    });
    await withLockIfAny(folder, async () => {
      await expect(withLock(folder, async () => 'done')).rejects.toMatchObject({ code: 'EBUSY' });
    });
  });

  test('is refused with the reason where it cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(withLock(join(folder, 'file/run'), async () => 'done')).rejects.toMatchObject({
      code: 'EIO',
      hint: expect.stringContaining('/run'),
    });
  });
});

test('a process is named with each namespace that its numbers are of', () => {
  expect(thisProcess().namespace).toMatch(/^pid:\[\d+\]( time:\[\d+\])?$/);
  expect(fateOf(thisProcess())).toBe('alive');
  const [pid = ''] = thisProcess().namespace.split(' ');
  expect(fateOf({ ...thisProcess(), started: 1, namespace: `${pid} time:[1]` })).toBe('not known');
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
