import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedReboot } from '@kexeckit/reboot';
import { describe, expect, test } from 'vitest';
import { choiceOf } from './choose.ts';
import type { Sabotage } from './kinds.ts';
import { sabotages } from './list.ts';
import { setups } from './setups.ts';
import { fullTable, summaryTable } from './table.ts';
import { brokenInvariants, verdictOf } from './verdict.ts';
import { type Setup, strictMachine, victimFor } from './victim.ts';

/** Each decides the place, and what the adversary does. */
const SEEDS = [1, 2];

const nameOf = ({ strategy, state, verify }: Setup): string => `${strategy} at ${state}${verify ? ', verified' : ''}`;

async function broken(sabotage: Sabotage, setup: Setup, seed: number): Promise<LoadedReboot> {
  const victim = await victimFor(setup);
  return sabotage.commit(victim, choiceOf(seed), await strictMachine(setup).describe()) ?? victim;
}

describe('an unbroken reboot', () => {
  test.each(setups.map((setup) => [nameOf(setup), setup] as const))('%s is sound', async (_, setup) => {
    const victim = await victimFor(setup);
    expect(brokenInvariants(victim, await strictMachine(setup).describe())).toEqual([]);
    for (const adversary of [undefined, ...SEEDS])
      expect(await verdictOf(strictMachine(setup, adversary), victim)).toBeUndefined();
  });
});

describe('a sabotage is caught', () => {
  test.each(sabotages.map((sabotage) => [sabotage.name, sabotage] as const))('%s', async (_, sabotage) => {
    const said = new Set<string>();
    for (const setup of sabotage.on) {
      for (const seed of SEEDS) {
        const place = `${nameOf(setup)}, seed ${seed}`;
        const victim = await broken(sabotage, setup, seed);
        const reality = await strictMachine(setup).describe();
        const world = sabotage.world?.(victim, reality, choiceOf(seed)) ?? {};
        expect(brokenInvariants(victim, { ...reality, ...world }), place).toContain(sabotage.proof);

        const alone = await verdictOf(strictMachine(setup, undefined, world), victim);
        const pressed = await verdictOf(strictMachine(setup, seed, world), victim);
        const seen = sabotage.machine.length > 0;
        expect(alone !== undefined, `${place}, machine alone: ${alone}`).toBe(seen && sabotage.adversary !== true);
        expect(pressed !== undefined, `${place}, with an adversary: ${pressed}`).toBe(seen);
        said.add(alone ?? pressed ?? 'nothing');
      }
    }
    const expected = sabotage.machine.length === 0 ? ['nothing'] : sabotage.machine;
    expect([...said].sort()).toEqual([...expected].sort());
  });
});

describe('the list', () => {
  test('has at least 40 kinds, no two of one name', () => {
    expect(new Set(sabotages.map(({ name }) => name)).size).toBe(sabotages.length);
    expect(sabotages.length).toBeGreaterThanOrEqual(40);
  });

  test('the strict machine alone catches every breach of a cache, TLB or barrier rule; QEMU none that it was given', () => {
    for (const { name, machine, qemu } of sabotages.filter(({ breach }) => breach !== undefined)) {
      expect(machine, name).not.toEqual([]);
      expect(qemu ?? 'misses', name).toBe('misses');
    }
  });

  test('README and table say what these tests found', () => {
    const read = (file: string): string => readFileSync(join(import.meta.dirname, file), 'utf8');
    expect(read('../../../reboot/README.md')).toContain(summaryTable(sabotages));
    expect(read('README.md')).toContain(fullTable(sabotages));
  });
});
