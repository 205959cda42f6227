import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Measured, machine, measure } from '../bench/measure.ts';
import { type Way, ways } from '../bench/ways.ts';
import { imageOf, whyNoGuest } from '../src/index.ts';

const MINUTES = 60_000;
const BYTES = 8 << 20;

// Times and instructions are measured by hand, see docs/benchmarks.md; what is moved is the same on every host.
test('kexec-tools has everything moved at the reboot; in the crash region only our purgatory is', {
  timeout: 15 * MINUTES,
}, async ({ skip }) => {
  const has = ways.flatMap((way) => way.has);
  const why = whyNoGuest({ ...machine, has });
  if (why !== undefined) skip(why);
  const of = async (way: Way | undefined): Promise<Measured | undefined> =>
    way && (await measure(way, { bytes: BYTES }));
  const theirs = await of(ways.find(({ name }) => name === 'kexec-tools -i'));
  const ours = await of(ways.find(({ name }) => name === 'kexeckit, crash-region'));
  expect(theirs?.relocated).toBeGreaterThan(statSync(imageOf(machine.kernel)).size + BYTES);
  expect(ours?.relocated).toBeLessThan(64 * 4096);
});
