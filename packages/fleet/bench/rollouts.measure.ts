import { test } from 'vitest';
import { type Measured, type Measurement, measure } from './measure.ts';

const MIB = 2 ** 20;

function row({ database, workers, hosts }: Measurement, measured: Measured): string {
  const { seconds, steps, hostsEnded, memory, workerSeconds } = measured;
  const cells = [
    database,
    workers,
    hosts,
    hostsEnded,
    `${seconds.toFixed(1)} s`,
    (steps / seconds).toFixed(0),
    (hostsEnded / seconds).toFixed(1),
    `${((1000 * workerSeconds) / hostsEnded).toFixed(1)} ms`,
    `${(memory / MIB).toFixed(0)} MiB`,
  ];
  return `| ${cells.join(' | ')} |`;
}

console.info(
  '| database | workers | hosts | ended | time | steps a second | hosts a second | processor, a host | most memory of a worker |',
);
console.info('|---|---|---|---|---|---|---|---|---|');

const concurrency = 200;
const steps: Measurement[] = [
  ...[1, 2, 4].map((workers) => ({ database: 'postgresql', workers, hosts: 1000, concurrency }) as const),
  // One process has the folder, and takes part in its rollouts alone.
  { database: 'embedded', workers: 1, hosts: 1000, concurrency },
];

test.for(steps)('steps a second: $database, $workers workers', async (measurement) => {
  console.info(row(measurement, await measure(measurement)));
});

/** What a worker keeps in memory grows with the hosts of its rollouts, not with those that have ended. */
const sizes = [1000, 10_000, 100_000].map(
  (hosts) => ({ database: 'postgresql', workers: 1, hosts, concurrency, seconds: 120 }) as const,
);

test.for(sizes)('memory: $hosts hosts', async (measurement) => {
  console.info(row(measurement, await measure(measurement)));
});
