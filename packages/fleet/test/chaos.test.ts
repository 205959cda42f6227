import { resultsOf } from '@kexeckit/rollout';
import { expect, test } from 'vitest';
import { judge } from '../src/simulation/judge/judge.ts';
import { goThrough } from './support/chaos.ts';

test('a rollout over simulated hosts on PostgreSQL, in bad weather', async () => {
  const end = await goThrough({
    seed: Number(process.env.SEED ?? 1),
    hosts: Number(process.env.HOSTS ?? 60),
    database: process.env.DB === 'embedded' ? 'embedded' : 'postgresql',
    workers: Number(process.env.WORKERS ?? 2),
    kills: Number(process.env.KILLS ?? 0),
    restarts: Number(process.env.RESTARTS ?? 0),
    cuts: Number(process.env.CUTS ?? 0),
    troubleShare: Number(process.env.SHARE ?? 0.03),
    failureBudget: Number(process.env.BUDGET ?? 30),
    concurrency: Number(process.env.CONC ?? 20),
    scale: Number(process.env.SCALE ?? 0.01),
  });
  const { outcomes, state, waves } = end.status;
  console.log(
    JSON.stringify({ outcomes, state, waves, kills: end.kills, restarts: end.restarts, seconds: end.seconds }),
  );
  for (const h of end.status.hosts)
    if (h.state !== 'ended') console.log(JSON.stringify(h));
    else if (h.result.trouble)
      console.log(
        h.host,
        h.result.outcome,
        h.result.trouble.phase,
        h.result.trouble.code,
        h.result.trouble.what.slice(0, 100),
      );
  const violations = judge({
    ledger: end.ledger,
    document: end.document,
    results: resultsOf(end.status),
    outcomes,
    graceMs: 5000 / 0.01,
  });
  for (const v of violations) console.log(JSON.stringify(v));
  expect(violations).toEqual([]);
  const commits = new Map<string, number>();
  for (const e of end.ledger) if (e.event === 'commit') commits.set(e.host, (commits.get(e.host) ?? 0) + 1);
  expect(Math.max(...commits.values())).toBe(1);
}, 900_000);
