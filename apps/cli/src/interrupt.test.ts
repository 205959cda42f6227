import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';

/** A process that does work; it says when it is asked to end. */
const program = (options: string, work: string): string => `
  const { Interrupt } = await import(${JSON.stringify(new URL('../dist/interrupt.js', import.meta.url).href)});
  const interrupt = new Interrupt(${options});
  interrupt.signal.addEventListener('abort', () => console.log('asked'));
  console.log('ready');
  ${work}
`;

/** It goes on for a while whatever it is told. */
const DEAF = 'setTimeout(() => process.exit(7), 2500);';
/** It undoes something, for longer than it would be let otherwise. */
const undoing = (milliseconds: number): string => `
  const busy = setInterval(() => {}, 1000);
  await interrupt.undisturbed(async () => {
    await new Promise((resolve) => interrupt.signal.addEventListener('abort', resolve));
    await new Promise((resolve) => setTimeout(resolve, ${milliseconds}));
    process.stderr.write('undone\\n');
  }, () => 'an image is loaded');
  interrupt.settle();
  clearInterval(busy);
`;

async function afterSignals(signals: number, options: string, work: string) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program(options, work)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text) => {
    said += String(text);
  });
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  for (let sent = 0; sent < signals; sent += 1) {
    if (sent > 0) await sleep(200);
    child.kill('SIGTERM');
    if (sent === 0) await once(child.stdout, 'data');
  }
  const [code] = await ended;
  return { code, said };
}

test('a process ends at the second signal, unless others depend on it', async () => {
  const [first, second] = await Promise.all([
    afterSignals(2, '', DEAF),
    afterSignals(2, '{ endsByItself: true }', DEAF),
  ]);
  expect([first.code, second.code]).toEqual([143, 7]);
});

test('a process waits for what has to be undone, and says so', async () => {
  const { code, said } = await afterSignals(1, '', undoing(1500));
  expect(code).toBe(143);
  expect(said).toMatch(/^kexeckit: stopped by SIGTERM: waiting [^\n]*\nundone\n$/);
});

test('at the second signal it says what is left', async () => {
  const { code, said } = await afterSignals(2, '', undoing(4000));
  expect([code, said]).toEqual([143, 'kexeckit: stopped before that was undone: an image is loaded\n']);
});
