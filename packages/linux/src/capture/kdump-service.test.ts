import { expect, onTestFinished, test, vi } from 'vitest';
import { activeKdumpService, type RunProgram, runProgram } from './kdump-service.ts';

/** Programs that are there, by what they were called with, and their exit codes. */
function programs(codes: Readonly<Record<string, number | Error>>): { run: RunProgram; calls: string[] } {
  const calls: string[] = [];
  const run: RunProgram = async (command) => {
    const line = command.join(' ');
    calls.push(line);
    const code = codes[line] ?? Object.assign(new Error(`spawn ${command[0]} ENOENT`), { code: 'ENOENT' });
    if (code instanceof Error) throw code;
    return code;
  };
  return { run, calls };
}

const isActive = (unit: string): string => `systemctl is-active --quiet ${unit}`;

test('the service that is active is reloaded by its own program', async () => {
  const { run, calls } = programs({ [isActive('kdump-tools.service')]: 0, 'kdump-config reload': 0 });
  const service = await activeKdumpService(run);
  expect(service?.unit).toBe('kdump-tools.service');
  await service?.reload();
  expect(calls.at(-1)).toBe('kdump-config reload');
});

test('one whose program is not there is started again', async () => {
  const restart = 'systemctl restart kdump.service';
  const { run, calls } = programs({
    [isActive('kdump-tools.service')]: 3,
    [isActive('kdump.service')]: 0,
    [restart]: 0,
  });
  await (await activeKdumpService(run))?.reload();
  expect(calls.slice(-2)).toEqual(['kdumpctl reload', restart]);
});

test('none is active', async () => {
  const inactive = programs({ [isActive('kdump-tools.service')]: 3, [isActive('kdump.service')]: 4 });
  expect(await activeKdumpService(inactive.run)).toBeUndefined();
  expect(await activeKdumpService(programs({}).run)).toBeUndefined();
});

test.each<[why: string, codes: Readonly<Record<string, number | Error>>, message: RegExp]>([
  ['it fails', { 'kdump-config reload': 1 }, /kdump-config reload failed \(1\)/],
  ['it takes too long', { 'kdump-config reload': new Error('killed') }, /failed \(killed\)/],
  ['it is gone', {}, /its program is not there/],
])('a crash kernel that is not loaded again is told of: %s', async (_, codes, message) => {
  const service = await activeKdumpService(programs({ [isActive('kdump-tools.service')]: 0, ...codes }).run);
  await expect(service?.reload()).rejects.toMatchObject({
    code: 'EIO',
    message: expect.stringMatching(message),
    hint: expect.stringMatching(/a panic leaves no dump/),
  });
});

test('programs of this host are run as they are', async () => {
  // Whatever this host has: the question changes nothing, and is answered.
  expect([undefined, 'kdump-tools.service', 'kdump.service']).toContain((await activeKdumpService())?.unit);
});

test.each(['there is no such program', 'true'])('nothing goes on behind a program: %s', async (program) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  await runProgram([program]).catch(() => undefined);
  expect(vi.getTimerCount()).toBe(0);
});
