import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadBenchmarks } from './load.ts';
import { type Measurement, measure } from './measure.ts';
import { renderTable } from './table.ts';

const USAGE = 'usage: npm run bench -- [--filter TEXT] [--samples N] [--quick] [--json]';

/** The options, or undefined where they make no sense. */
function readOptions(): { filter: string; samples: number; sampleMs: number; json: boolean } | undefined {
  try {
    const { values } = parseArgs({
      options: {
        filter: { type: 'string' },
        samples: { type: 'string' },
        quick: { type: 'boolean' },
        json: { type: 'boolean' },
      },
    });
    const samples = Number(values.samples ?? (values.quick ? 3 : 9));
    if (!Number.isInteger(samples) || samples < 1) return undefined;
    return { filter: values.filter ?? '', samples, sampleMs: values.quick ? 5 : 30, json: values.json ?? false };
  } catch {
    return undefined;
  }
}

const options = readOptions();
if (options === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  const found = await loadBenchmarks(join(import.meta.dirname, '../../../packages'));
  const chosen = found.filter(({ package: name, benchmark }) => `${name} ${benchmark.name}`.includes(options.filter));
  const measurements: Measurement[] = [];
  for (const { package: name, benchmark } of chosen) {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${name}: ${benchmark.name} …`);
    measurements.push(measure(name, benchmark, { ...options, now: () => performance.now() }));
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  process.stdout.write(options.json ? `${JSON.stringify(measurements, null, 2)}\n` : renderTable(measurements));
}
