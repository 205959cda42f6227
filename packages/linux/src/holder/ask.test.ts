import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Failure, KexecModel } from '../testing/kexec-model.ts';
import { hostWith } from '../testing/tree.ts';
import { forgetGone, unloadDead } from './ask.ts';
import { readHolder, writeRecord } from './record.ts';
import { unloadLeft } from './watcher.ts';

test.each<[what: string, failures: Failure[]]>([
  ['is unloaded', []],
  ['is unloaded where the kernel was locked down since', [{ call: 'kexec_load', time: 1, errno: 'EPERM' }]],
  ['is unloaded when nobody else is loading', [{ call: 'kexec_load', time: 1, errno: 'EBUSY' }]],
])('what a dead holder has left %s', async (_, failures) => {
  const folder = mkdtempSync(join(tmpdir(), 'kexeckit-ask-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeRecord('mmu-on', folder);
  const record = readHolder(folder);
  // This process, as one that began at another time.
  writeFileSync(join(folder, 'holder.json'), JSON.stringify({ ...record, started: -1 }));
  const kernel = new KexecModel(await hostWith(), failures);
  kernel.next = { entry: 1n, segments: [] };
  expect(await unloadDead(await kernel.read(), kernel, folder)).toMatchObject({ strategy: 'mmu-on', isAlive: false });
  expect([kernel.next, readHolder(folder)]).toEqual([undefined, undefined]);
  // A watcher that comes late, after somebody else has loaded without a note.
  const theirs = { entry: 2n, segments: [] };
  kernel.next = theirs;
  await unloadLeft(kernel, folder, process.pid);
  expect(kernel.next).toBe(theirs);
});

describe('a holder of another namespace', () => {
  function folderWith(changes: object): string {
    const folder = mkdtempSync(join(tmpdir(), 'kexeckit-ask-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeRecord('mmu-on', folder);
    writeFileSync(join(folder, 'holder.json'), JSON.stringify({ ...readHolder(folder), ...changes }));
    return folder;
  }
  const other = { namespace: 'pid:[1]' };

  test('is forgotten where nobody listens', async () => {
    const folder = folderWith(other);
    await forgetGone(folder);
    expect(readHolder(folder)).toBeUndefined();
  });

  test('stays while it listens', async () => {
    const folder = folderWith(other);
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(join(folder, 'holder.socket'), resolve));
    await forgetGone(folder);
    expect(readHolder(folder)).toBeDefined();
    server.close();
  });

  test('one of this namespace is looked at otherwise', async () => {
    const folder = folderWith({});
    await forgetGone(folder);
    expect(readHolder(folder)).toBeDefined();
  });
});
