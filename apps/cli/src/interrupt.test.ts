import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';

/** A process that goes on for a while whatever it is told; it says what it gets. */
const program = (options: string, then = ''): string => `
  const { Interrupt } = await import(${JSON.stringify(new URL('../dist/interrupt.js', import.meta.url).href)});
  const interrupt = new Interrupt(${options});
  interrupt.signal.addEventListener('abort', () => console.log('asked'));
  ${then}
  console.log('ready');
  setTimeout(() => process.exit(7), 2500);
`;

async function afterSignals(options: string): Promise<readonly unknown[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program(options)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  await once(child.stdout, 'data');
  await sleep(200);
  child.kill('SIGTERM');
  return await ended;
}

test('a process ends at the second signal, unless others depend on it', async () => {
  expect(await Promise.all([afterSignals(''), afterSignals('{ endsByItself: true }')])).toEqual([
    [143, null],
    [7, null],
  ]);
});

test('what has to be undone is waited for, and that is said', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program('', 'interrupt.undoes();')]);
  let said = '';
  child.stderr.on('data', (text) => {
    said += String(text);
  });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  expect(await ended).toEqual([7, null]);
  expect(said).toMatch(/^kexeckit: .*SIGINT.*: what was loaded is being unloaded; another signal/);
});
