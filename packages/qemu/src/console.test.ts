import { expect, test } from 'vitest';
import { ConsoleWatcher } from './console.ts';

const never = new AbortController().signal;

test('a mark is found however the bytes are cut, and in what came before', async () => {
  const console = new ConsoleWatcher();
  console.push('Linux ver');
  console.push('sion 6.1\r\nRun /sbin/init as');
  const seen = console.waitFor(/Run \S+ as init process/, 1000, never);
  console.push(' init process\r\n');
  expect(await seen).toEqual({ kind: 'seen', line: 'Run /sbin/init as init process' });
  expect(await console.waitFor(/version \d/, 1000, never)).toEqual({ kind: 'seen', line: 'Linux version 6.1' });
});

test('a prompt without a newline is a mark too', async () => {
  const console = new ConsoleWatcher();
  const seen = console.waitFor(/# $/, 1000, never);
  console.push('/ # ');
  expect(await seen).toEqual({ kind: 'seen', line: '/ # ' });
  expect(await console.waitFor(/# $/, 1000, never)).toEqual({ kind: 'seen', line: '/ # ' });
});

test('a panic ends the wait with its whole line, the end of the console and the time limit too', async () => {
  const console = new ConsoleWatcher();
  const panic = console.waitFor(/login:/, 1000, never);
  console.push('Kernel panic - not syncing:');
  console.push(' VFS\n');
  expect(await panic).toEqual({ kind: 'panic', line: 'Kernel panic - not syncing: VFS' });
  expect((await console.waitFor(/login:/, 1, never)).kind).toBe('timeout');
  console.close();
  expect((await console.waitFor(/login:/, 1000, never)).kind).toBe('closed');
  expect(console.tail()).toEqual(['Kernel panic - not syncing: VFS']);
});
