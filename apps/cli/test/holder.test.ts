import { expect, test } from 'vitest';
import { start, testFolder } from './kexeckit.ts';
import { endOf, Trace } from './processes.ts';

const folder = testFolder();
const args = ['load', '--strategy', 'mmu-on', '--kernel', '/nowhere/Image'];

test('what a holder refuses is told by the process that has started it, and no process stays', async () => {
  const trace = new Trace(folder);
  const child = start(args, trace.env);
  const { code, out, err } = await endOf(child, new Promise(() => {}), () => {});
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(/\/nowhere\/Image/);
  expect(await trace.left()).toEqual([]);
});

test('a holder whose starter is killed ends', async () => {
  const trace = new Trace(folder);
  const child = start(args, trace.env);
  await endOf(child, trace.runs('@holder'), () => void child.kill('SIGKILL'));
  expect(await trace.left()).toEqual([]);
});
