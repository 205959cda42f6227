import { encode, x1, x2 } from '@kexeckit/a64';
import { RebootError } from '@kexeckit/reboot';
import { runLoaded } from '@kexeckit/reboot/testing';
import { whyNoQemu } from '@kexeckit/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { QemuMachine } from '../../src/index.ts';
import { choiceOf, some } from './choose.ts';
import type { Sabotage } from './kinds.ts';
import { sabotages } from './list.ts';
import { kernelRunning, states, victimFor } from './victim.ts';

const MIB = 1n << 20n;

/** A kernel that writes `!` and a new line to the console, and stops. */
const kernel = kernelRunning([
  encode('movz', x1, 0x900, 16),
  ...['!', '\n'].flatMap((character) => [encode('movz', x2, character.charCodeAt(0), 0), encode('str.w', x2, x1, 0)]),
  encode('b', 0),
]);

/** Whether QEMU ends with the right bytes and registers at the jump, and the new kernel speaks. */
async function trialOf(sabotage: Sabotage, timeoutMs: number): Promise<'misses' | 'catches'> {
  const setup = some(sabotage.on[0], 'setup');
  const machine = new QemuMachine({ memory: 256n * MIB, cpus: 1, timeoutMs, expect: /!/, ...states[setup.state] });
  const victim = await victimFor(setup, machine, kernel);
  try {
    await runLoaded(machine, sabotage.commit(victim, choiceOf(1), await machine.describe()) ?? victim);
    return 'misses';
  } catch (error) {
    if (error instanceof RebootError && error.phase?.undoable === false) return 'catches';
    throw error;
  }
}

const tried = (verdict: 'misses' | 'catches') =>
  sabotages.filter(({ qemu }) => qemu === verdict).map((sabotage) => [sabotage.name, sabotage] as const);

describe('sabotages on QEMU', () => {
  beforeEach(({ skip }) => {
    const reason = whyNoQemu();
    if (reason !== undefined) skip(reason);
  });

  test.each(tried('misses'))('is not seen: %s', async (_, sabotage) => {
    expect(await trialOf(sabotage, 20_000)).toBe('misses');
  });

  test.each(tried('catches'))('is seen: %s', async (_, sabotage) => {
    expect(await trialOf(sabotage, 1000)).toBe('catches');
  });
});
