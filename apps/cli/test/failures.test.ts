import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { phases, RebootError } from '@kexeckit/reboot';
import { describe, expect, test } from 'vitest';
import { stoppedBy } from '../src/error.ts';
import { errorJson, renderError } from '../src/render/error.ts';
import { pageOf, plainPage } from '../src/render/page.ts';
import { kexeckitHere, main, testFolder } from './kexeckit.ts';

const folder = testFolder();

describe('what fails says in which phase, with exit code 1', () => {
  test('a file that is not a kernel', async () => {
    const file = join(folder, 'noise');
    writeFileSync(file, Buffer.alloc(5000, 'noise'));
    const { code, err } = await kexeckitHere(['reboot', '--kernel', file]);
    expect(code).toBe(1);
    expect(err).toMatch(/failed while planning \(phase plan\)\s+ENOEXEC: /);
  });

  test('a region that is too small, or reserves nothing', async () => {
    const args = ['reboot', '--strategy', 'reserved', '--reserve'];
    const small = await kexeckitHere([...args, '16M']);
    expect(small).toMatchObject({ code: 1 });
    expect(small.err).toMatch(/while planning \(phase plan\)\s+ENOSPC: no room for the initrd/);
    const nothing = await kexeckitHere([...args, '64M,high']);
    expect(nothing.err).toContain('kexeckernel=64M,high reserves nothing');
  });

  test('a QEMU that is not there', async () => {
    const args = ['reboot', '--machine', 'qemu', '--kernel', main, '--qemu', 'qemu-nowhere'];
    const { code, err } = await kexeckitHere(args);
    expect(code).toBe(1);
    expect(err).toMatch(
      /while reading the machine \(phase describe\)\s+ENOENT: cannot start qemu-nowhere: it is not installed; .*apt-get/,
    );
  });

  test('a cancelled reboot', async () => {
    const stop = new AbortController();
    const rebooting = kexeckitHere(['reboot'], stop.signal);
    setTimeout(() => stop.abort(), 500);
    const { code, out, err } = await rebooting;
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toMatch(/ECANCELED: cancelled|kexeckit: cancelled/);
    const already = await kexeckitHere(['reboot'], AbortSignal.abort());
    expect(already).toEqual({ code: 1, out: '', err: 'kexeckit: cancelled\n' });
  });
});

describe('errors for people', () => {
  const scene = { phase: undefined };
  const view = { page: plainPage };

  test('what the proof found, what has changed, and the last lines of a console belong to them', async () => {
    const error = new RebootError('EFAULT', 'the plan breaks "order"', 'nothing was changed', {
      phase: phases.prove,
      proof: {
        checks: [],
        violations: [
          { invariant: 'order', address: 0x4020_0000n, owners: ['kernel', 'initrd'], detail: 'it clobbers' },
        ],
      },
      changes: [{ path: 'cpus', before: '2', after: '4' }],
      console: ['[ 0.0 ] hello'],
    });
    const text = await renderError(error, scene, view);
    expect(text).toContain('kexeckit: failed while proving (phase prove)\n');
    expect(text).toContain('  EFAULT: the plan breaks "order"; nothing was changed\n');
    expect(text).toContain('  x order at 0x40200000 (kernel, initrd): it clobbers\n');
    expect(text).toMatch(/cpus\s+- 2\s+\+ 4\n/);
    expect(text).toContain('  last lines of the console:\n  | [ 0.0 ] hello\n');
  });

  test('an error without a phase of its own gets the one that was announced last', async () => {
    const error = Object.assign(new Error('no room'), { code: 'ENOSPC', hint: 'reserve more' });
    const text = await renderError(error, { phase: phases.plan }, view);
    expect(text).toBe('\nkexeckit: failed while planning (phase plan)\n  ENOSPC: no room; reserve more\n');
  });

  test('an interruption has a hint of its own, and not that of an error which has nothing to do with it', async () => {
    const reason = stoppedBy('SIGINT');
    const other = Object.assign(new Error('no room'), { code: 'ENOSPC', hint: 'use a machine with more memory' });
    const text = await renderError(other, { phase: phases.plan, reason }, view);
    expect(text).toBe('kexeckit: stopped by SIGINT while planning (phase plan); run it again\n');
    const cancelled = new RebootError('ECANCELED', 'cancelled while staging', 'nothing was changed', {
      phase: phases.stage,
      cause: reason,
    });
    expect(await renderError(cancelled, { phase: undefined, reason }, view)).toBe(
      'kexeckit: stopped by SIGINT while staging (phase stage); nothing was changed\n',
    );
  });

  test('what is no phase of a reboot is told in its own words, in JSON without a phase', async () => {
    const error = new RebootError('EBUSY', 'another process loads', 'try again', { phase: phases.stage });
    const unloading = { phase: undefined, doing: 'unloading' };
    expect(await renderError(error, unloading, view)).toBe(
      '\nkexeckit: failed while unloading\n  EBUSY: another process loads; try again\n',
    );
    const told = JSON.parse(await errorJson(error, unloading, plainPage.asCalled));
    expect(told).toMatchObject({ error: { code: 'EBUSY', phase: null } });
  });

  test('what is cut is marked in ASCII where there is nothing else', async () => {
    const error = new RebootError('EIO', 'the line "root=/dev/vd…" is too long', 'shorten it', { phase: phases.load });
    expect(await renderError(error, scene, view)).toContain('the line "root=/dev/vd..." is too long');
    const unicode = pageOf({ isTTY: true }, { LC_ALL: 'C.UTF-8', NO_COLOR: '1' });
    expect(await renderError(error, scene, { page: unicode })).toContain('"root=/dev/vd…"');
  });

  test('a bug says so, and shows its stack only when asked to', async () => {
    const error = new TypeError('x is not a function');
    const plain = await renderError(error, scene, view);
    expect(plain).toMatch(/this is a bug in kexeckit.*\n {2}x is not a function\n.*KEXECKIT_DEBUG=1/);
    expect(plain).not.toContain(' at ');
    expect(await renderError(error, scene, { ...view, showsStacks: true })).toContain('failures.test.ts');
  });
});

describe('with --json an error is JSON on standard output, too', () => {
  const errorOf = (out: string): unknown => JSON.parse(out).error;

  test('of work that failed: its phase, and what belongs to it', async () => {
    const error = new RebootError('ESTALE', 'the machine has changed', 'plan again', {
      phase: phases.inputs,
      changes: [{ path: 'cpus', before: '2', after: '4' }],
    });
    expect(JSON.parse(await errorJson(error, { phase: undefined }, plainPage.asCalled))).toEqual({
      error: {
        kind: 'failed',
        code: 'ESTALE',
        message: 'the machine has changed',
        hint: 'plan again',
        phase: 'inputs',
        changes: [{ path: 'cpus', before: '2', after: '4' }],
        violations: [],
        console: [],
      },
    });
  });

  test.each([
    [['reboot', '--strategy', 'mmuon'], '--strategy cannot be mmuon', /^did you mean mmu-on\? give one of mmu-off, /],
    [['reboot', '--nonsense'], "unknown option '--nonsense'", /^kexeckit help reboot shows every option$/],
    [['plan', '--stratgy', 'x'], "unknown option '--stratgy'", /^did you mean --strategy\? kexeckit help plan shows/],
    [
      ['plan', '--fits', 'x'],
      "unknown option '--fits'",
      /^it is an option of kexeckit memory; kexeckit help plan shows/,
    ],
    [['rebot'], "unknown command 'rebot'", /^did you mean reboot\? kexeckit help lists all commands$/],
    [['prove', '/nowhere/plan.json'], /^cannot read the plan \/nowhere\/plan.json: ENOENT/, /check the path/],
  ])('of a command line that makes no sense: %j', async (args, message, hint) => {
    const { code, out, err } = await kexeckitHere([...args, '--json']);
    expect(code).toBe(2);
    expect(errorOf(out)).toMatchObject({ kind: 'usage', phase: null });
    expect(errorOf(out)).toHaveProperty(
      'message',
      typeof message === 'string' ? message : expect.stringMatching(message),
    );
    expect(errorOf(out)).toHaveProperty('hint', expect.stringMatching(hint));
    expect(err).not.toBe('');
  });

  test('behind -- it is an argument', async () => {
    const { code, out } = await kexeckitHere(['prove', '--', '--json']);
    expect([code, out]).toEqual([2, '']);
  });

  test('of work that was ended; nothing where nobody reads', async () => {
    const sigint = await kexeckitHere(['reboot', '--json'], AbortSignal.abort(stoppedBy('SIGINT')));
    expect(errorOf(sigint.out)).toMatchObject({ kind: 'interrupted', code: 'ECANCELED', message: 'stopped by SIGINT' });
    const sigpipe = await kexeckitHere(['reboot', '--json'], AbortSignal.abort(stoppedBy('SIGPIPE')));
    expect([sigpipe.out, sigpipe.err]).toEqual(['', '']);
  });
});
