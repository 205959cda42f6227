import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asDescribed, RebootError, rehearse, rehearseOn } from '@kexeckit/reboot';
import { describe, expect, test } from 'vitest';
import { choiceOf } from './choose.ts';
import { agree, emitterSabotages } from './emitter.ts';
import { emitterTable } from './emitter-table.ts';
import { Routine } from './routine.ts';
import { setups } from './setups.ts';
import { strictMachine, victimFor } from './victim.ts';

describe('a correct emitter', () => {
  test.each(setups)('passes a thorough rehearsal: $strategy at $state, verify $verify', async (setup) => {
    const reality = await strictMachine(setup).describe();
    await rehearse(await victimFor(setup), reality, { thorough: true });
  });
});

describe('an emitter that is wrong', () => {
  test.each(emitterSabotages)('$name', async ({ on, says, in: configuration, patch }) => {
    const said = new Set<string>();
    for (const setup of on) {
      for (const seed of [1, 2]) {
        const reality = await strictMachine(setup).describe();
        const victim = await victimFor(setup);
        patch(new Routine(victim), victim, choiceOf(seed));
        const emitted = agree(victim);
        const error = await rehearse(emitted, reality, { thorough: true }).then(
          () => undefined,
          (thrown: RebootError) => thrown,
        );
        const place = `${setup.strategy} at ${setup.state}`;
        if (!(error instanceof RebootError)) return expect.unreachable(`${place}: nobody noticed`);
        expect(error.phase?.name, place).toBe('rehearse');
        said.add(error.complaint ?? error.message);
        // What the machine as it is shows needs no other; what it does not show needs the one that is named.
        const seen = await rehearseOn(asDescribed, emitted, reality).then(
          () => false,
          () => true,
        );
        expect(seen, place).toBe(configuration === undefined);
      }
    }
    expect([...said].sort()).toEqual([...says].sort());
  });

  test('there are at least 25 kinds, no two of one name', () => {
    expect(emitterSabotages.length).toBeGreaterThanOrEqual(25);
    expect(new Set(emitterSabotages.map(({ name }) => name)).size).toBe(emitterSabotages.length);
  });

  test('README says what these tests found', () => {
    expect(readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')).toContain(emitterTable(emitterSabotages));
  });
});
