import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateWorkload, phases, RebootError, reboot } from '@kexeckit/reboot';
import { whyNoQemu } from '@kexeckit/testing';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { QemuError, QemuMachine, runBareMetal } from '../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'kexeckit-impostors-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const MIB = 1n << 20n;
let count = 0;

/** A machine whose QEMU is this shell script. */
function machineOf(script: string): QemuMachine {
  return new QemuMachine({ memory: 256n * MIB, cpus: 1, exceptionLevel: 1, binary: programOf(script) });
}

function programOf(script: string): string {
  const path = join(folder, `qemu-${++count}`);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

/** Commands of processes whose command line has this text, after a while in which they may end. */
async function leftWith(text: string): Promise<string[]> {
  let found: string[] = [];
  for (let tries = 0; tries < 100; tries++) {
    found = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(commandOf)
      .filter((command) => command.includes(text));
    if (found.length === 0) return [];
    await sleep(50);
  }
  return found;
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

const failed = (code: string, message: RegExp) =>
  expect.objectContaining({
    name: 'RebootError',
    code,
    phase: phases.describe,
    message: expect.stringMatching(message),
    hint: expect.stringMatching(/./),
  });

describe('a program that is not a QEMU', () => {
  test.each([
    ['talks nonsense on the control connection', "printf 'x\\n' >&3; exec sleep 1000", /control connection said "x"/],
    ['talks nonsense to the debugger', "printf '$?' >&4; printf '#00' >&4; exec sleep 1000", /gdb stub answered/],
    ['refuses without words', 'printf \'{"error":1}\\n\' >&3; exec sleep 1000', /control connection said .*error/],
    ['says something and ends', 'echo no such machine >&2; exit 3', /by itself: no such machine/],
    ['ends without a word', 'exit 3', /ended by itself with status 3, and said nothing/],
    ['is ended without a word', 'kill -s TERM $$', /ended by itself with SIGTERM, and said nothing/],
    ['leaves its work to others and ends', 'sleep 1001 & exit 3', /ended by itself with status 3/],
  ])('%s', async (_, script, message) => {
    await expect(machineOf(script).describe()).rejects.toEqual(failed('EIO', message));
  });

  test('what says nothing on its own gives no hint to look at what it said', async () => {
    const error = await runBareMetal(
      { words: new Uint32Array(1), address: 0x4020_0000n, results: [] },
      { binary: programOf('exit 3') },
    ).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(QemuError);
    expect(error).toMatchObject({ code: 'EIO', message: 'QEMU ended with status 3, and said nothing' });
    expect(error).toMatchObject({ hint: expect.not.stringContaining('see what') });
  });
});

const noProc = existsSync('/proc/self/cmdline') ? undefined : 'there is no /proc to look for processes in';

describe.each([
  ['with setpriv', undefined],
  ['without setpriv', folder],
])('a QEMU that hangs, started by a script that stays, %s', (_, path) => {
  test('is ended with what it started when the caller cancels, and the error is typed', async ({ skip }) => {
    if (noProc !== undefined) skip(noProc);
    if (path !== undefined) vi.stubEnv('PATH', path);
    const mark = `100${++count}.25`;
    const stop = new AbortController();
    const describing = machineOf(`/bin/sleep ${mark}; echo over`).describe({ signal: stop.signal });
    setTimeout(() => stop.abort('enough'), 300);
    await expect(describing).rejects.toEqual(failed('ECANCELED', /cancelled while reading the machine/));
    await expect(describing).rejects.toMatchObject({ cause: 'enough' });
    expect(await leftWith(mark)).toEqual([]);
  });
});

test('an aborted signal starts nothing', async () => {
  await expect(machineOf('exit 3').describe({ signal: AbortSignal.abort('enough') })).rejects.toEqual(
    failed('ECANCELED', /cancelled/),
  );
});

test('a QEMU that hangs is not waited for longer than the phase may take', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const describing = machineOf('exec sleep 1000').describe();
    const caught = describing.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(phases.describe.limit * 1000);
    expect(await caught).toEqual(failed('ETIMEDOUT', /longer than 30 s/));
  } finally {
    vi.useRealTimers();
  }
});

test.each(['missing', 'a file'])('a TMPDIR that is %s', async (what) => {
  const path = join(folder, `tmp-${what}`);
  if (what === 'a file') writeFileSync(path, '');
  vi.stubEnv('TMPDIR', path);
  const describing = machineOf('exit 3').describe();
  await expect(describing).rejects.toEqual(failed('EIO', /no file for RAM can be made in .*tmp-/));
  await expect(describing).rejects.toMatchObject({ hint: expect.stringContaining('TMPDIR') });
});

describe('a watcher that fails', () => {
  test.for([
    ['throws', (): void => fail()],
    ['rejects', async (): Promise<void> => fail()],
  ] as const)(
    'at the console: it %s, and the reboot fails with that',
    { timeout: 60_000 },
    async ([, say], { skip }) => {
      const reason = whyNoQemu();
      if (reason !== undefined) skip(reason);
      const machine = new QemuMachine({ memory: 256n * MIB, cpus: 1, exceptionLevel: 1, timeoutMs: 20_000 });
      const request = { ...generateWorkload(300_000, 100_000, 9), cmdline: 'console=ttyAMA0', seed: 1 };
      const error = await reboot(
        machine,
        { ...request, strategy: 'mmu-on', breadcrumbs: true },
        { onEvent: (event) => (event.type === 'console' ? say() : undefined) },
      ).catch((thrown: unknown) => thrown);
      expect(error).not.toBeInstanceOf(RebootError);
      expect(error).toEqual(new Error('the screen is gone'));
      expect(await machine.staged()).toBeUndefined();
    },
  );
});

function fail(): never {
  throw new Error('the screen is gone');
}
