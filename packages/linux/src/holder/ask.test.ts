import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Failure, KexecModel } from '../testing/kexec-model.ts';
import { hostWith } from '../testing/tree.ts';
import { unloadDead } from './ask.ts';
import { readHolder, writeRecord } from './record.ts';

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
});
