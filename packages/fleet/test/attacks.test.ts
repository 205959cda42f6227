import { resultsOf } from '@kexeckit/rollout';
import { describe, expect, test } from 'vitest';
import { type FateKind, outcomesOf, phaseOf } from '../src/simulation/fates.ts';
import { goThrough } from './support/chaos.ts';
import { faultsOf, sumOf } from './support/faults.ts';
import { hasPostgres } from './support/postgres.ts';

/** What hosts do that are in somebody else's hands, or whose names have become somebody else's. */
const attacks: readonly FateKind[] = [
  'key-changed',
  'another-identity',
  'garbage-identity',
  'garbage-description',
  'huge-identity',
  'huge-description',
  'escapes-identity',
  'wrong-reality',
  'load-garbage',
  'exec-garbage',
  'other-machine',
  'evidence-garbage',
  'evidence-huge',
  'evidence-escapes',
];
const HOSTS = 40;
/** Characters of what is kept of one host, of which the farm sends megabytes. */
const KEPT_MOST = 8192;
// What a terminal takes for an order.
const controls = /\p{Cc}/u;

const nameOf = (at: number): string => `host-${String(at).padStart(2, '0')}`;
/** From the second host on: the first is the canary. */
const fatesOf = Object.fromEntries(attacks.map((kind, at): [string, FateKind[]] => [nameOf(at + 1), [kind]]));

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

describe.skipIf(!hasPostgres)('hosts that attack', () => {
  test('are refused, each in its way, and the others go through', { timeout: 600_000 }, async () => {
    const end = await goThrough({
      seed: 5,
      hosts: HOSTS,
      database: 'postgresql',
      workers: 1,
      kills: 0,
      restarts: 0,
      cuts: 0,
      apartShare: 0,
      troubleShare: 0,
      fates: {},
      fatesOf,
      failureBudget: HOSTS,
      concurrency: HOSTS,
      scale: 0.03,
    });
    expect(faultsOf(end)).toEqual([]);
    expect(sumOf(end)).toBe(HOSTS);
    expect(end.status.state).toBe('finished');
    const results = resultsOf(end.status);
    for (const result of results) {
      const [kind] = fatesOf[result.host] ?? [];
      const expected = kind === undefined ? ['done'] : outcomesOf(new Set([kind]));
      expect(expected, `${kind ?? 'well'}: ${JSON.stringify(result)}`).toContain(result.outcome);
      expect(JSON.stringify(result).length, kind).toBeLessThan(KEPT_MOST);
      expect(
        stringsIn(result).filter((text) => controls.test(text)),
        kind,
      ).toEqual([]);
    }
    expect(results).toHaveLength(HOSTS);
    // Nobody is committed who was not first found to be who was planned for.
    const refused = new Set(attacks.flatMap((kind, at) => (phaseOf(kind) === 'inspect' ? [nameOf(at + 1)] : [])));
    const touched = end.ledger.filter((entry) => entry.event === 'commit' && refused.has(entry.host));
    expect(touched).toEqual([]);
  });
});
