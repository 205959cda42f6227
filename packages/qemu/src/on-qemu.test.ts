import { phases, RebootError } from '@kexeckit/reboot';
import { expect, test } from 'vitest';
import { QemuError } from './error.ts';
import { Deadline } from './limits.ts';
import { duringOnQemu } from './on-qemu.ts';

const phase = phases.startup;

/** What is thrown where time runs out over work that then throws this. */
function lateWith(thrown: (reason: unknown) => unknown): Promise<unknown> {
  const work = (signal: AbortSignal): Promise<void> =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(thrown(signal.reason)), { once: true });
    });
  return duringOnQemu(phase, {}, work, { deadline: Deadline.of({ timeoutMs: 20 }) }).catch((error: unknown) => error);
}

test('where the phase sees first that time has run out, what did not come is said all the same', async () => {
  const missed = new RebootError('ETIMEDOUT', 'the new kernel did not print /up/', 'wait longer', { phase });
  expect(await lateWith(() => missed)).toBe(missed);
});

test('so is what QEMU did not answer', async () => {
  const unanswered = new QemuError('ETIMEDOUT', 'it did not answer g', 'see why');
  expect(await lateWith(() => unanswered)).toMatchObject({
    message: expect.stringMatching(/0\.02 s: it did not answer g$/),
  });
});

test('and where nothing more is known, that it took too long', async () => {
  expect(await lateWith((reason) => reason)).toMatchObject({
    message: expect.stringMatching(/all of it took longer than 0\.02 s$/),
  });
});
