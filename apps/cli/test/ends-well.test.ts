import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { debianFiles, whyNoDebianKernel } from '@kexeckit/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { main, start, testFolder } from './kexeckit.ts';
import { type End, endOf, listens, says, Trace } from './processes.ts';

const root = join(import.meta.dirname, '../../..');
const folder = testFolder();

/** Seconds in which a process has to end. (It takes less than one; a machine that does much else may take longer.) */
const SOON = 5;
/** How many times a run is interrupted, and how many runs there are at once. */
const MOMENTS = 12;
const AT_ONCE = 3;

const qemuArguments = [
  ...['reboot', '--machine', 'qemu', '--kernel', debianFiles.kernel, '--initrd', debianFiles.initrd],
  ...['--append', 'console=ttyAMA0 rdinit=/bin/sh', '--memory', '1G', '--cpus', '1'],
];

const noProc = existsSync('/proc/self/environ') ? undefined : 'there is no /proc to look for processes in';

/** Both machines, each with a reboot that lasts longer than it will be let. */
const machines = [
  { name: 'simulated', args: ['reboot'], missing: noProc, last: 2.4, mark: undefined },
  {
    name: 'qemu',
    args: [...qemuArguments, '--expect', 'never printed'],
    missing: noProc ?? whyNoDebianKernel(),
    last: 6,
    mark: /Booting Linux/,
  },
];

/** Nothing of ours is left, and it ended in time. */
async function expectGone(trace: Trace, { seconds }: End): Promise<void> {
  expect(await trace.left()).toEqual([]);
  expect(seconds ?? 0).toBeLessThan(SOON);
}

/** Runs the command, and sends it a signal at a moment. */
async function interrupt(
  moment: (child: ChildProcess) => Promise<unknown>,
  signal: NodeJS.Signals,
  args: readonly string[],
): Promise<End> {
  const trace = new Trace(folder);
  const child = start(args, trace.env);
  const end = await endOf(child, moment(child), () => child.kill(signal));
  await expectGone(trace, end);
  return end;
}

/** Our code runs, and has begun with the reboot. */
async function listensAWhile(child: ChildProcess): Promise<void> {
  await listens(child);
  await sleep(500);
}

describe.each(machines)('on the $name machine', { timeout: 240_000 }, ({ args, missing, last, mark }) => {
  test(`SIGINT at ${MOMENTS} moments`, async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const moments = Array.from({ length: MOMENTS }, (_, at) => 0.1 + ((last - 0.1) * at) / (MOMENTS - 1));
    let told = 0;
    const interruptNext = async (): Promise<void> => {
      for (let at = moments.pop(); at !== undefined; at = moments.pop()) {
        const { code, signal, out, err } = await interrupt(() => sleep(at * 1000), 'SIGINT', args);
        // Before Node runs any of our code, a signal does what it does by itself.
        if (signal === 'SIGINT') continue;
        told += 1;
        expect({ code, out }, err).toEqual({ code: 130, out: '' });
        expect(err).toMatch(/^kexeckit: stopped by SIGINT.*$/m);
        expect(
          err
            .replace(/^\|.*\n/gm, '')
            .trim()
            .split('\n'),
        ).toHaveLength(1);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, interruptNext));
    expect(told).toBeGreaterThanOrEqual(MOMENTS / 2);
  });

  test.for([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends it with exit code %i', async ([signal, code], { skip }) => {
    if (missing !== undefined) skip(missing);
    expect(await interrupt(listensAWhile, signal, args)).toMatchObject({ code, out: '' });
  });

  test('SIGKILL', async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    expect(await interrupt(() => sleep(last * 1000), 'SIGKILL', args)).toMatchObject({ signal: 'SIGKILL' });
  });

  test('a second SIGINT ends it at once', async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const trace = new Trace(folder);
    const child = start(args, trace.env);
    const end = await endOf(child, listensAWhile(child), () => {
      child.kill('SIGINT');
      setTimeout(() => child.kill('SIGINT'), 150);
    });
    // Node that is about to exit after the first hears nothing any more: the second does what it does by itself.
    if (end.signal === null) expect(end.code).toBe(130);
    else expect(end.signal).toBe('SIGINT');
    await expectGone(trace, end);
  });

  test('nobody reads its output any more after the first line', async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const trace = new Trace(folder);
    const child = start([...args, '--json'], trace.env);
    const first = mark === undefined ? Promise.resolve() : says(child, /\n/);
    const end = await endOf(child, first, () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    });
    expect(end.code).toBe(141);
    expect(await trace.left()).toEqual([]);
  });

  test('SIGTERM through npm', async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const trace = new Trace(folder);
    const child = spawn('npm', ['start', '--', ...args], {
      cwd: root,
      env: trace.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = await endOf(child, mark === undefined ? sleep(3000) : says(child, mark), () => child.kill('SIGTERM'));
    await expectGone(trace, end);
  });
});

/** What stands for QEMU: a script that stays and starts another program, which holds all its descriptors. */
const wrapper = join(folder, 'qemu-in-a-script');
/** A PATH without setpriv. */
const barePath = join(folder, 'bin');

describe.each([
  ['with setpriv', process.env.PATH],
  ['without setpriv', barePath],
])('on a QEMU that a script starts, %s', { timeout: 180_000 }, (_, path) => {
  beforeAll(() => {
    writeFileSync(wrapper, '#!/bin/sh\n/bin/sleep 1000\necho over\n', { mode: 0o755 });
    mkdirSync(barePath, { recursive: true });
  });

  test.for(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('%s', async (signal, { skip }) => {
    if (noProc !== undefined) skip(noProc);
    const trace = new Trace(folder);
    const args = ['reboot', '--machine', 'qemu', '--kernel', main, '--qemu', wrapper];
    const child = start(args, { ...trace.env, PATH: path });
    await expectGone(trace, await endOf(child, trace.runs('sleep'), () => child.kill(signal)));
  });
});
