import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { planWaves, readInventory, readPolicy } from '@kexeckit/rollout';
import { expect, test } from 'vitest';

const example = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../../examples/fleet', name), 'utf8');

test('the examples are an inventory and a policy that fits it', () => {
  const { hosts } = readInventory(example('hosts.yaml'));
  const policy = readPolicy(example('policy.yaml'));
  const { waves, failureBudget } = planWaves(hosts, policy);
  expect(waves.map(({ name, hosts: of }) => [name, of])).toEqual([
    ['canary', ['web-1']],
    ['berlin', ['web-2']],
    ['databases', ['db-1']],
    ['rest', ['web-3']],
  ]);
  expect(failureBudget).toBe(0);
  expect(policy.health?.on).toBe('host');
});
