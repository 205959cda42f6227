import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { minimalDeviceTree } from '@kexeckit/reboot';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { askHolder, unloadDead } from '../../src/holder/ask.ts';
import { readHolder } from '../../src/holder/record.ts';
import { lendPages } from '../../src/pages/lend.ts';
import { thisKernel } from '../../src/syscalls/kernel.ts';
import { KexecModel } from '../../src/testing/kexec-model.ts';
import { healthy, hostWith, plant } from '../../src/testing/tree.ts';

/** Whatever frames the kernel below gives are RAM of the host that is made up. */
const RAM = { start: 0x4000_0000n, end: 0xff_ffff_ffffn };
const files = {
  ...healthy,
  '/proc/iomem': '40000000-ffffffffff : System RAM\n',
  '/sys/firmware/fdt': minimalDeviceTree([RAM], 4),
};

const why = await (async () => {
  if (process.platform !== 'linux') return 'this is not Linux';
  const tried = await lendPages(await thisKernel(), { pages: 1, within: [RAM] }).catch(String);
  if (typeof tried === 'string') return tried;
  await tried.release();
  return undefined;
})();

let folder = '';
beforeEach(async ({ skip }) => {
  if (why !== undefined) skip(why);
  folder = mkdtempSync(join(tmpdir(), 'kexeckit-holder-'));
  cpSync(await plant(files), join(folder, 'root'), { recursive: true });
});
afterEach(async () => {
  if (folder === '') return;
  // Nobody is left, and nothing is loaded.
  await until(() => watchers().every((pid) => !isAlive(pid)));
  expect(existsSync(join(folder, 'loaded'))).toBe(false);
  rmSync(folder, { recursive: true });
});

const watchers = (): number[] =>
  readdirSync(folder).flatMap((name) => (name.startsWith('watcher-') ? [Number(name.slice(8))] : []));

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}

/** Starts a holder; resolves with how many system calls it has made when it holds, or undefined where it died before. */
async function holding(
  killAt = 0,
): Promise<{ child: ChildProcess; calls: number | undefined; ended: Promise<unknown> }> {
  const script = join(import.meta.dirname, 'process.mjs');
  const child = spawn(process.execPath, [script, 'hold', folder, String(killAt)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  const said = new Promise<string>((resolve) =>
    child.stdout?.once('data', (text: Uint8Array) => resolve(text.toString())),
  );
  const first = await Promise.race([said, ended]);
  const calls = typeof first === 'string' && first.startsWith('holding') ? Number(first.split(' ')[1]) : undefined;
  return { child, calls, ended };
}

const isLoaded = (): boolean => existsSync(join(folder, 'loaded'));

describe('a holder', () => {
  test('says who it is, that its pages are whole, and lets go when it is asked to', async () => {
    const { child, ended } = await holding();
    expect(readHolder(folder)).toMatchObject({ pid: child.pid, strategy: 'mmu-on', isAlive: true });
    expect(await askHolder('check', folder)).toEqual({ isWhole: true });
    expect(isLoaded()).toBe(true);
    await askHolder('unload', folder);
    expect(await ended).toBe(0);
    expect([isLoaded(), readHolder(folder)]).toEqual([false, undefined]);
  });

  test('unloads before it ends by a signal', async () => {
    const { child, ended } = await holding();
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect([isLoaded(), readHolder(folder)]).toEqual([false, undefined]);
  });

  test('that is not what was proved any more gives up, and says why', async () => {
    const { ended } = await holding();
    rmSync(join(folder, 'root/proc/iomem'));
    await expect(askHolder('leave', folder)).rejects.toMatchObject({ code: expect.any(String) });
    expect(await ended).toBe(0);
    expect([isLoaded(), readHolder(folder)]).toEqual([false, undefined]);
  });

  test('has another watcher when one is killed', async () => {
    const { child, ended } = await holding();
    const [first = 0] = watchers();
    process.kill(first, 'SIGKILL');
    await until(() => watchers().length > 1);
    // The new one may not watch yet when its file is there; it does when it is told to end, too.
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    await until(() => !isLoaded());
  });
});

test('a watcher whose holder has died before it watched unloads all the same', async () => {
  writeFileSync(join(folder, 'loaded'), '');
  const script = join(import.meta.dirname, 'process.mjs');
  const child = spawn(process.execPath, [script, 'watch', folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdout?.destroy();
  child.stdin?.destroy();
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
  expect(isLoaded()).toBe(false);
});

describe('a holder that is killed leaves nothing loaded', () => {
  // 15 system calls lead to what is loaded, and 4 back.
  test.each(Array.from({ length: 19 }, (_, at) => at + 1))('behind its system call %i', async (killAt) => {
    const { calls, ended } = await holding(killAt);
    if (calls !== undefined) await askHolder('unload', folder).catch(() => {});
    expect(await ended).toBe('SIGKILL');
    await until(() => !isLoaded() && watchers().every((pid) => !isAlive(pid)));
    // Killed before its watcher began: nothing was loaded, and nothing noted.
    if (watchers().length > 0) expect(readHolder(folder)).toBeUndefined();
  });

  test('also with its watcher: whoever looks next unloads it', async () => {
    const { child, ended } = await holding();
    for (const pid of watchers()) process.kill(pid, 'SIGKILL');
    child.kill('SIGKILL');
    await ended;
    expect(readHolder(folder)).toMatchObject({ isAlive: false });
    const kernel = new KexecModel(await hostWith());
    kernel.next = { entry: 1n, segments: [] };
    expect(await unloadDead(await kernel.read(), kernel, folder)).toMatchObject({ pid: child.pid });
    expect([kernel.next, readHolder(folder)]).toEqual([undefined, undefined]);
    rmSync(join(folder, 'loaded'), { force: true });
  });
});
