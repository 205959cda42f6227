import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  commitReboot,
  type Phase,
  phases,
  RebootError,
  type RebootErrorCode,
  reboot,
  stageReboot,
} from '@kexeckit/reboot';
import { runLoaded } from '@kexeckit/reboot/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { BARE_METAL_BASE, QemuError, type QemuErrorCode, type RunningMachine, runBareMetal } from '../../src/index.ts';
import { machineOn, Place, type Ready, rebootWithout } from './fake.ts';

const place = new Place();
let ready: Ready;

beforeAll(async () => {
  vi.stubEnv('TMPDIR', place.temporary);
  ready = await rebootWithout(place);
});
afterAll(() => {
  vi.unstubAllEnvs();
  place.remove();
});

/** Milliseconds that a run may take which is meant to run out of time, and one that is not. */
const SHORT = 3000;
const LONG = 60_000;
/** Limits for one that is meant to run out of time late, which takes some on a busy host to come that far. */
const LIMITS = [SHORT, 4 * SHORT, LONG];
/** What comes on top of a run: looking for what it left, and a machine that does much else. */
const SLACK = 25_000;

const noProc = existsSync('/proc/self/cmdline') ? undefined : 'there is no /proc to look for processes in';

/** A misbehaviour, when, and what comes of it. */
type Row<Code> = [kind: string, moment: string, code: Code, message: RegExp];

/** What a run fails with that runs out of time in this phase, and not on its way there. */
async function failureIn(phase: Phase, run: (timeoutMs: number) => Promise<unknown>): Promise<unknown> {
  let error: unknown;
  for (const limit of LIMITS) {
    error = await failureOf(run(limit));
    if (!(error instanceof RebootError) || error.phase === phase) break;
  }
  return error;
}

const timeOf = (code: string): number => (code === 'ETIMEDOUT' ? SHORT : LONG);

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    (result) => new Error(`it did not fail: ${String(result)}`),
    (error: unknown) => error,
  );
}

function expectFailure(error: unknown, code: RebootErrorCode, phase: Phase, message: RegExp): void {
  expect(error).toBeInstanceOf(RebootError);
  expect(error).toMatchObject({
    code,
    phase,
    message: expect.stringMatching(message),
    hint: expect.stringMatching(/./),
  });
  // Nothing that somebody else says does anything to a terminal.
  expect(String(error)).not.toMatch(/[^\P{Cc}\n]/u);
}

/** It dies at each of these moments. */
const deathAt = (...moments: string[]): Row<'EIO'>[] =>
  moments.map((moment) => ['dies', moment, 'EIO', /ended by itself with status 7, and said nothing/]);
const deathsIn = (phase: Phase, ...moments: string[]): [...Row<'EIO'>, Phase][] =>
  deathAt(...moments).map((row) => [...row, phase]);

const capabilities = 'qmp qmp_capabilities';
const control = /control connection/;
const stub = /gdb stub/;

describe.concurrent('a QEMU that misbehaves while it is asked what its machine is', () => {
  test.for<Row<RebootErrorCode>>([
    ['silent', capabilities, 'ETIMEDOUT', /control connection did not answer qmp_capabilities in time/],
    ['silent', 'gdb ?', 'ETIMEDOUT', /gdb stub did not answer \? in time/],
    ['silent', 'gdb qAttached', 'ETIMEDOUT', /did not answer qAttached/],
    ['silent', 'gdb qXfer', 'ETIMEDOUT', /did not answer target\.xml/],
    ['silent', 'gdb p', 'ETIMEDOUT', /did not answer p64 \(id_aa64mmfr0_el1\)/],
    ['slow', capabilities, 'ETIMEDOUT', /longer than 3 s: .*control connection did not answer/],
    ['slow', 'gdb qXfer', 'ETIMEDOUT', /longer than 3 s: .*gdb stub did not answer/],
    ['half', capabilities, 'ETIMEDOUT', control],
    ['half', 'gdb p', 'ETIMEDOUT', stub],
    ['endless empty lines', capabilities, 'EIO', /none of which answer qmp_capabilities/],
    ['endless events', capabilities, 'EIO', /none of which answer qmp_capabilities/],
    ['endless line', capabilities, 'EIO', /control connection said "x+"…/],
    ['half, and closes', capabilities, 'EIO', /closed its control connection while it was asked qmp_capabilities/],
    ['half, and closes', 'gdb p', 'EIO', /closed its gdb stub while it was asked p64/],
    ['closes', capabilities, 'EIO', /closed its control connection/],
    ['closes', 'gdb ?', 'EIO', /closed its gdb stub/],
    ['closes everything', 'start', 'EIO', /closed its/],
    ['nonsense', 'greeting', 'EIO', /control connection said "hello"/],
    ['nonsense', capabilities, 'EIO', /control connection said "hello"/],
    ['nonsense', 'gdb ?', 'EIO', /gdb stub answered "hello\\n" to \?/],
    ['no object', capabilities, 'EIO', /control connection said "7"/],
    ['empty object', capabilities, 'EIO', /control connection said "\{\}"/],
    ['an error without words', capabilities, 'EIO', control],
    ['refusal', capabilities, 'EIO', /QEMU refused qmp_capabilities: "not \\u001b\[31mhere"/],
    ['other id', capabilities, 'EIO', /answered number .* to qmp_capabilities/],
    ['twice', 'gdb p', 'EIO', /gdb stub answered "2411[0-9a-f]*" to nothing that it was asked/],
    ['wrong sum', 'gdb ?', 'EIO', /gdb stub answered/],
    ['error packet', 'gdb ?', 'EIO', /answered "E01" to \?/],
    ['error packet', 'gdb qAttached', 'EIO', /answered "E01" to qAttached/],
    ['error packet', 'gdb qXfer', 'EIO', /answered "E01" to target.xml/],
    ['error packet', 'gdb p', 'EIO', /answered "E01" to p64 \(id_aa64mmfr0_el1\)/],
    ['empty packet', 'gdb ?', 'EIO', /answered nothing to \?/],
    ['empty packet', 'gdb qXfer', 'EIO', /answered nothing to target.xml/],
    ['exited', 'gdb ?', 'EIO', /says that the machine has ended \("W00"\)/],
    ['output', 'gdb p', 'EIO', /answered "O68656c6c6f" to p64/],
    ['endless stops', 'gdb qAttached', 'EIO', /answered "T05" to qAttached/],
    ['endless acknowledgements', 'gdb p', 'EIO', /none of which answer p64/],
    ['wants it again', 'gdb p', 'EIO', /answered "-" to p64/],
    ['odd hex', 'gdb p', 'EIO', /answered "2411[0-9a-f]*" to p64/],
    ['more than asked for', 'gdb p', 'EIO', /answered "2411[0-9a-f]*"… to p64/],
    ['more than asked for', 'gdb qXfer', 'EIO', /to target.xml/],
    ['nothing, and more of it', 'gdb qXfer', 'EIO', /answered "m" to target.xml/],
    ['endless description', 'gdb qXfer', 'EIO', /bytes and more/],
    ['dies', 'start', 'EIO', /ended by itself with status 7, and said nothing/],
    ...deathAt(capabilities, 'gdb ?', 'gdb qAttached', 'gdb qXfer', 'gdb p'),
    ['dies with a word', 'gdb ?', 'EIO', /ended by itself: no such machine/],
    ['dies by a signal', 'gdb p', 'EIO', /ended by itself with SIGKILL/],
    ['megabytes on stderr', 'start', 'EIO', /ended by itself: … and that was all$/],
    ['leaves no tree', 'none', 'EIO', /left no device tree at the start of RAM/],
    ['leaves a tree of nonsense', 'none', 'EIO', /device tree that makes no sense/],
  ])('%s, at %s', { timeout: SHORT + SLACK }, async ([kind, moment, code, message], { skip }) => {
    if (noProc !== undefined) skip(noProc);
    const program = place.program(kind, moment);
    const error = await failureOf(machineOn(program, { timeoutMs: timeOf(code) }).describe());
    expectFailure(error, code, phases.describe, message);
    expect(await place.left(program)).toEqual([]);
  });

  test.for([
    ['events in between', capabilities],
    ['silent', 'greeting'],
    ['letter by letter', 'gdb qXfer'],
    ['notification first', 'gdb p'],
    ['no id, later', capabilities],
    ['megabytes on stdout', 'start'],
  ])('%s, at %s, is as it may be', { timeout: LONG }, async ([kind, moment], { skip }) => {
    if (noProc !== undefined) skip(noProc);
    const program = place.program(kind, moment);
    expect(await machineOn(program, { timeoutMs: LONG }).describe()).toMatchObject({ name: 'qemu', exceptionLevel: 1 });
    expect(await place.left(program)).toEqual([]);
  });
});

describe.concurrent('a QEMU that misbehaves on the way to the next kernel', () => {
  const { stage, relocation, startup } = phases;

  test.for<[...Row<RebootErrorCode>, phase: Phase]>([
    ['silent', 'gdb Z1', 'ETIMEDOUT', /did not answer Z1,/, stage],
    ['error packet', 'gdb Z1', 'EIO', /answered "E01" to Z1,/, stage],
    ...deathsIn(stage, 'gdb Z1'),
    ...deathsIn(relocation, 'gdb c', 'gdb g', 'gdb p', 'gdb z1', 'gdb s'),
    ...deathsIn(startup, 'gdb D', 'console'),
    ['silent', 'gdb c', 'ETIMEDOUT', /longer than \d+ s: .*did not answer c in time/, relocation],
    ['endless output', 'gdb c', 'EIO', /none of which answer c/, relocation],
    ['exited', 'gdb c', 'EIO', /the machine has ended/, relocation],
    ['dies with a word', 'gdb c', 'EIO', /ended by itself: no such machine/, relocation],
    ['silent', 'gdb g', 'ETIMEDOUT', /did not answer g/, relocation],
    ['half', 'gdb g', 'ETIMEDOUT', /did not answer g/, relocation],
    ['odd hex', 'gdb g', 'EIO', /answered ".*"… to g/, relocation],
    ['error packet', 'gdb z1', 'EIO', /answered "E01" to z1,/, relocation],
    ['closes', 'gdb g', 'EIO', /closed its gdb stub while it was asked g/, relocation],
    ['silent', 'gdb s', 'ETIMEDOUT', /did not answer s in time/, relocation],
    ['twice', 'gdb s', 'EIO', /to nothing that it was asked/, relocation],
    ['dies by a signal', 'gdb s', 'EIO', /ended by itself with SIGKILL/, relocation],
    ['silent', 'gdb D', 'ETIMEDOUT', /did not answer D/, startup],
    ['closes', 'gdb D', 'EIO', /closed its gdb stub while it was asked D/, startup],
    ['silent', 'console', 'ETIMEDOUT', /did not print .* within \d+ s/, startup],
    ['another kernel', 'console', 'ETIMEDOUT', /did not print .* within \d+ s/, startup],
    ['megabytes on stdout', 'console', 'ETIMEDOUT', /did not print .* within \d+ s/, startup],
    ['panic', 'console', 'EIO', /panicked: Kernel panic - not syncing: no init/, startup],
    ['colourful panic', 'console', 'EIO', /panicked: Kernel panic - not syncing: no init/, startup],
    ['dies with a word', 'console', 'EIO', /ended by itself: no such machine/, startup],
  ])('%s, at %s', { timeout: 2 * LONG }, async ([kind, moment, code, message, phase], { skip }) => {
    if (noProc !== undefined) skip(noProc);
    const program = place.program(kind, moment, ready.world);
    let machine = machineOn(program);
    const run = (timeoutMs: number): Promise<unknown> => {
      machine = machineOn(program, { timeoutMs });
      return runLoaded(machine, ready.loaded);
    };
    const error = await (code === 'ETIMEDOUT' ? failureIn(phase, run) : failureOf(run(LONG)));
    expectFailure(error, code, phase, message);
    expect(await machine.staged()).toBeUndefined();
    expect(await place.left(program)).toEqual([]);
  });

  test.for<[kind: string, what: string, message: RegExp, hint: RegExp]>([
    [
      '',
      'is up, and says something else',
      /did not print .login:. .*, though it is up: Run .init as init process$/,
      /--expect/,
    ],
    ['another kernel', 'was still printing', /did not print .login:. within \d+ s$/, /it is slow, and wants more time/],
    ['silent', 'says nothing', /did not print .login:. within \d+ s$/, /try --append earlycon/],
  ])('a kernel that %s%s is told so', { timeout: 2 * LONG }, async ([kind, , message, hint], { skip }) => {
    if (noProc !== undefined) skip(noProc);
    const program = place.program(kind, kind === '' ? '' : 'console', ready.world);
    const run = (timeoutMs: number): Promise<unknown> =>
      runLoaded(machineOn(program, { timeoutMs, expect: /login:/ }), ready.loaded);
    expect(await failureIn(startup, run)).toMatchObject({
      code: 'ETIMEDOUT',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  test('a machine that is kept runs on when its kernel is up, without a limit', { timeout: LONG }, async ({ skip }) => {
    if (noProc !== undefined) skip(noProc);
    const program = place.program('', '', ready.world);
    let running = 0;
    const keep = async (): Promise<void> => {
      await sleep(SHORT);
      running = (await place.left(program)).length;
    };
    const { nextKernel } = await runLoaded(machineOn(program, { timeoutMs: SHORT, keep }), ready.loaded);
    expect(nextKernel?.reached).toBe('Run /init as init process');
    expect(running).toBeGreaterThan(0);
    expect(await place.left(program)).toEqual([]);
  });

  test('a signal ends a machine that is kept', { timeout: LONG }, async ({ skip }) => {
    if (noProc !== undefined) skip(noProc);
    const program = place.program('', '', ready.world);
    const stop = new AbortController();
    const keep = async ({ ended }: RunningMachine): Promise<void> => {
      stop.abort(new Error('enough'));
      await ended;
    };
    const machine = machineOn(program, { timeoutMs: LONG, keep });
    expect(await failureOf(runLoaded(machine, ready.loaded, { signal: stop.signal }))).toMatchObject({
      message: 'enough',
    });
    expect(await place.left(program)).toEqual([]);
  });

  test.for([
    ['', ''],
    ['output first', 'gdb c'],
    ['letter by letter', 'console'],
    ['letter by letter', 'gdb g'],
  ])('%s, at %s, is as it may be', { timeout: LONG }, async ([kind, moment], { skip }) => {
    if (noProc !== undefined) skip(noProc);
    const program = place.program(kind, moment, ready.world);
    const { nextKernel } = await runLoaded(machineOn(program, { timeoutMs: LONG }), ready.loaded);
    expect(nextKernel).toEqual({ version: 'Linux version 6.1', reached: 'Run /init as init process' });
    expect(await place.left(program)).toEqual([]);
  });
});

test('a QEMU that dies while it stands ready is seen before the point of no return', { timeout: LONG }, async ({
  skip,
}) => {
  if (noProc !== undefined) skip(noProc);
  const program = place.program('dies later', 'gdb Z1', ready.world);
  const machine = machineOn(program);
  const held = await stageReboot(machine, ready.request);
  await sleep(1000);
  const error = await failureOf(commitReboot(machine, held));
  expectFailure(error, 'EIO', phases.stage, /ended by itself with status 7/);
  expect(await machine.staged()).toBeUndefined();
  expect(await place.left(program)).toEqual([]);
});

describe.concurrent('one deadline for a whole reboot', () => {
  /** Milliseconds for all of it: enough for one answer that comes 3 s late, and not for two. */
  const limit = 5000;

  test('does not begin anew with each phase', { timeout: limit + SLACK }, async ({ skip }) => {
    if (noProc !== undefined) skip(noProc);
    const program = place.program('late', 'gdb ?', ready.world);
    const error = await failureOf(reboot(machineOn(program, { timeoutMs: limit }), ready.request));
    expectFailure(error, 'ETIMEDOUT', phases.stage, /all of it took longer than 5 s: .*did not answer \? in time/);
    expect(await place.left(program)).toEqual([]);
  });

  test('nor with the commit', { timeout: limit + SLACK }, async ({ skip }) => {
    if (noProc !== undefined) skip(noProc);
    const program = place.program('late', 'gdb c', ready.world);
    const machine = machineOn(program, { timeoutMs: limit });
    await machine.refuseEarly();
    await machine.describe();
    const staged = await machine.stage(ready.loaded);
    await sleep(2500);
    expectFailure(await failureOf(staged.commit()), 'ETIMEDOUT', phases.relocation, /longer than 5 s|reach its jump/);
    expect(await place.left(program)).toEqual([]);
  });

  test('what is asked of a machine later has one of its own', { timeout: LONG }, async ({ skip }) => {
    if (noProc !== undefined) skip(noProc);
    const program = place.program('', '', ready.world);
    const machine = machineOn(program, { timeoutMs: SHORT });
    await machine.refuseEarly();
    await machine.describe();
    await sleep(SHORT);
    expect(await machine.describe()).toMatchObject({ name: 'qemu' });
    await (await machine.stage(ready.loaded)).discard();
    expect(await place.left(program)).toEqual([]);
  });
});

describe.concurrent('the signal', () => {
  test.for([
    ['gdb p', phases.describe],
    [capabilities, phases.describe],
    ['gdb Z1', phases.stage],
    ['gdb c', phases.relocation],
    ['gdb g', phases.relocation],
    ['gdb D', phases.startup],
    ['console', phases.startup],
  ] as const)('ends a QEMU that is silent at %s', { timeout: LONG }, async ([moment, phase], { skip }) => {
    if (noProc !== undefined) skip(noProc);
    const program = place.program('silent', moment, ready.world);
    const machine = machineOn(program);
    const stop = new AbortController();
    void place.met(program).then(() => stop.abort('enough'));
    const { signal } = stop;
    const run = phase === phases.describe ? machine.describe({ signal }) : runLoaded(machine, ready.loaded, { signal });
    const error = await failureOf(run);
    expectFailure(error, 'ECANCELED', phase, /cancelled while/);
    expect(error).toMatchObject({ cause: 'enough' });
    expect(await place.left(program)).toEqual([]);
  });
});

describe.concurrent('a program without an operating system, on a QEMU that misbehaves', () => {
  const program = { words: new Uint32Array(1), address: BARE_METAL_BASE, results: [] };

  test.for<Row<QemuErrorCode>>([
    ['silent', capabilities, 'ETIMEDOUT', /did not end within 3 s; QEMU did not say where it is/],
    ['', '', 'ETIMEDOUT', /did not end within 3 s; the CPU is at 0x40200000/],
    ['nonsense', 'qmp human', 'ETIMEDOUT', /QEMU did not say where it is/],
    ['closes everything', 'start', 'ETIMEDOUT', /QEMU did not say where it is/],
    ['megabytes on stdout', 'start', 'EIO', /printed more than/],
    ['megabytes on stderr', 'start', 'EIO', /ended with status 7: … and that was all/],
    ['dies by a signal', 'start', 'EIO', /ended with SIGKILL/],
  ])('%s, at %s', { timeout: SHORT + SLACK }, async ([kind, moment, code, message], { skip }) => {
    if (noProc !== undefined) skip(noProc);
    const binary = place.program(kind, moment);
    const error = await failureOf(runBareMetal(program, { binary, timeoutMs: timeOf(code) }));
    expect(error).toBeInstanceOf(QemuError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message), hint: expect.stringMatching(/./) });
    expect(await place.left(binary)).toEqual([]);
  });
});
