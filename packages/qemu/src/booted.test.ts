import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { phases, type RebootEvent } from '@kexeckit/reboot';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Boot, BootedMachine } from './booted.ts';
import type { QemuOptions } from './options.ts';
import type { Awaited } from './qemu-console.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kexeckit-booted-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const boot: Boot = { kernel: bytes('KERNEL'), initrd: [bytes('ours'), bytes('root')], cmdline: 'a=b quiet' };
const leaves: Awaited = {
  phase: phases.shutdown,
  who: 'the old kernel',
  does: 'leave',
  hints: { panic: 'ask it why', silent: 'it said nothing', pause: 'it says nothing' },
};

/** A machine whose QEMU is a script. */
function machineOf(script: string, options: Partial<QemuOptions> = {}): QemuOptions {
  const binary = join(folder, 'qemu');
  writeFileSync(binary, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { memory: 256n << 20n, cpus: 1, exceptionLevel: 1, timeoutMs: 20_000, binary, ...options };
}

const KERNELS = `echo 'Linux version 1.0'; echo 'Run /init as init process'; echo 'Bye!'
echo 'Linux version 2.0'; echo 'Run /sbin/init as init process'`;

describe('a kernel that QEMU boots by itself', () => {
  test('gets its files and its command line; what is waited for comes behind what was seen', async () => {
    const options = machineOf(`cat /dev/fd/6 >${folder}/kernel; cat /dev/fd/7 >${folder}/initrd
printf '%s\\n' "$@" >${folder}/arguments; ${KERNELS}; sleep 100`);
    const events: RebootEvent[] = [];
    const seen = await BootedMachine.boot(
      options,
      boot,
      { onEvent: (event) => events.push(event) },
      async (machine) => {
        const left = await machine.waitFor(/Bye/, leaves);
        return { left, next: await machine.arrival(), text: machine.text() };
      },
    );
    expect(seen.left).toBe('Bye!');
    expect(seen.next).toEqual({ version: 'Linux version 2.0', reached: 'Run /sbin/init as init process' });
    expect(seen.text).toContain('Linux version 1.0\n');
    expect(readFileSync(join(folder, 'kernel'), 'utf8')).toBe('KERNEL');
    expect(readFileSync(join(folder, 'initrd'), 'utf8')).toBe('oursroot');
    expect(readFileSync(join(folder, 'arguments'), 'utf8')).toMatch(/^-append\na=b quiet\n-serial\nstdio\n/m);
    expect(events.filter(({ type }) => type === 'phase')).toEqual([
      { type: 'phase', phase: 'shutdown' },
      { type: 'phase', phase: 'startup' },
    ]);
    expect(readdirSync(folder).toSorted()).toEqual(['arguments', 'initrd', 'kernel', 'qemu']);
  });

  test('is kept when the next one is up, and typed to', async () => {
    let said = '';
    const options = machineOf(`${KERNELS}; read -r line; echo "got $line"`, {
      keep: async ({ input, ended }) => {
        input.write('this\n');
        await ended;
      },
    });
    const onEvent = (event: RebootEvent): void => {
      if (event.type === 'console') said += event.text;
    };
    await BootedMachine.boot(options, boot, { onEvent }, async (machine) => {
      await machine.waitFor(/Bye/, leaves);
      return await machine.arrival();
    });
    expect(said).toMatch(/got this\n$/);
  });
});

describe('a mark that does not come', () => {
  const failing = (script: string, options: Partial<QemuOptions> = {}): Promise<string> =>
    BootedMachine.boot(machineOf(script, options), boot, {}, (machine) => machine.waitFor(/Bye/, leaves));

  test.each([
    ['a panic', "echo 'Kernel panic - not syncing: no init'; sleep 100", 'EIO', /^the old kernel panicked: .*no init$/],
    [
      'a machine that is switched off',
      'echo a line',
      'EIO',
      /^the machine was switched off, or reset, before the old kernel could leave$/,
    ],
    ['a QEMU that complains', 'echo a line; echo no RAM >&2; exit 1', 'EIO', /^QEMU ended by itself: no RAM$/],
  ])('for %s', async (_, script, code, message) => {
    await expect(failing(script)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      phase: phases.shutdown,
    });
  });

  test('in time, of a kernel that is slow, silent or done', async () => {
    const within = { timeoutMs: 700 };
    await expect(failing('while :; do echo a line; sleep 0.1; done', within)).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      message: 'the old kernel did not leave within 0.7 s',
      hint: expect.stringContaining('still printing'),
    });
    await expect(failing('sleep 100', within)).rejects.toMatchObject({ code: 'ETIMEDOUT', hint: 'it said nothing' });
  });

  test('because nobody waits any more', async () => {
    const stop = new AbortController();
    const reason = new TypeError('enough');
    const onEvent = (event: RebootEvent): void => {
      if (event.type === 'console') stop.abort(reason);
    };
    const options = machineOf('echo a line; sleep 100');
    await expect(
      BootedMachine.boot(options, boot, { signal: stop.signal, onEvent }, (machine) => machine.waitFor(/Bye/, leaves)),
    ).rejects.toBe(reason);
  });

  test('where there is no QEMU', async () => {
    const options = machineOf('', { binary: join(folder, 'nothing') });
    await expect(BootedMachine.boot(options, boot, {}, async () => {})).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
