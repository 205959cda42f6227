import { expect, test, vi } from 'vitest';
import { fuzz } from './fuzz.ts';

/** By hand: KEXECKIT_FUZZ=1000000 npm test -- packages/reboot/test/fuzz */
const asked = Number(process.env.KEXECKIT_FUZZ ?? 0);
const [first, count] = asked > 0 ? [Number(process.env.KEXECKIT_FUZZ_FROM ?? 1), asked] : [1, 3000];

test(`${count} hostile inputs are answered, or refused with an error that says what to do`, {
  timeout: asked > 0 ? 0 : 600_000,
}, async () => {
  // Between the parts of its work a reboot waits for the next turn: here nobody else waits.
  const wait = setTimeout;
  vi.stubGlobal('setTimeout', (work: () => void, milliseconds: number) =>
    milliseconds === 0 ? setImmediate(work) : wait(work, milliseconds),
  );
  try {
    const { answers, untyped, slowest } = await fuzz(first, count);
    if (asked > 0) console.info(answers, slowest);
    expect(untyped.slice(0, 5)).toEqual([]);
    // Both ends are met: inputs that are right, and many ways to be wrong.
    expect(answers.size).toBeGreaterThan(20);
  } finally {
    vi.unstubAllGlobals();
  }
});
