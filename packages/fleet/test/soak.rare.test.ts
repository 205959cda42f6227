import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Chaos, goThrough } from './support/chaos.ts';
import { faultsOf, sumOf } from './support/faults.ts';
import { startPostgres, type TestServer } from './support/postgres.ts';

const HOUR = 3_600_000;
const numberOf = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
/** Rollouts of the soak; the first seed; hosts of the large rollouts. */
const seeds = numberOf('KEXECKIT_SOAK', 0);
const first = numberOf('KEXECKIT_SOAK_FROM', 1);
const many = numberOf('KEXECKIT_SOAK_HOSTS', 10_000);

const weather: Chaos = {
  seed: 1,
  hosts: 24,
  database: 'postgresql',
  workers: 2,
  kills: 2,
  restarts: 0,
  cuts: 1,
  losesEach: 100,
  // So that hosts meet several troubles together.
  troubleShare: 0.1,
  failureBudget: 24,
  concurrency: 12,
  scale: 0.03,
};

if (seeds > 0)
  describe('small rollouts, each by a seed', () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startPostgres();
    });
    // A thousand databases take their time.
    afterAll(() => server.stop(), HOUR);

    test.concurrent.for(Array.from({ length: seeds }, (_, at) => first + at))(
      'seed %i',
      { timeout: HOUR },
      async (seed, { expect }) => {
        const end = await goThrough({ ...weather, seed }, server);
        expect(faultsOf(end), `KEXECKIT_SOAK=1 KEXECKIT_SOAK_FROM=${seed} npm run soak`).toEqual([]);
        expect(sumOf(end)).toBe(weather.hosts);
      },
    );
  });

/** Trouble in every phase there is, workers killed, the database restarted, the network cut between any two. */
const large: Chaos = {
  ...weather,
  hosts: many,
  troubleShare: 0.03,
  // On a busy machine a host may fail before the command at which it was to be struck.
  kills: 24,
  restarts: 3,
  cuts: 6,
  failureBudget: many,
  concurrency: 400,
};

describe.skipIf(many === 0)('a large rollout', () => {
  test.each([
    { ...large, workers: 3 },
    { ...large, database: 'embedded', workers: 1, restarts: 0, cuts: 0, concurrency: 200 } as const,
  ])('on $database', { timeout: 4 * HOUR }, async (chaos) => {
    const end = await goThrough(chaos);
    console.info(JSON.stringify({ ...chaos, seconds: end.seconds, outcomes: end.status.outcomes }));
    expect(faultsOf(end)).toEqual([]);
    expect(sumOf(end)).toBe(many);
    expect(end.kills).toBeGreaterThanOrEqual(20);
    expect(end.restarts).toBeGreaterThanOrEqual(Math.min(chaos.restarts, 2));
    expect(end.status.state).toBe('finished');
  });
});
