import { join } from 'node:path';
import { type Found, loadBenchmarks } from './load.ts';
import { type Measurement, measure } from './measure.ts';
import { type Options, readOptions } from './options.ts';
import { renderTable } from './table.ts';

const USAGE = 'usage: npm run bench -- [--filter TEXT] [--samples N] [--quick] [--json]';

const options = optionsOrUsage();
if (options !== undefined) {
  const root = join(import.meta.dirname, '../../..');
  const found = [...(await loadBenchmarks(join(root, 'packages'))), ...(await loadBenchmarks(join(root, 'apps')))];
  const chosen = found.filter(({ package: name, benchmark }) => `${name} ${benchmark.name}`.includes(options.filter));
  if (chosen.length === 0) {
    console.error(`no benchmark has "${options.filter}" in its package or name`);
    process.exitCode = 2;
  } else {
    const measurements = measureAll(chosen, options);
    process.stdout.write(options.json ? `${JSON.stringify(measurements, null, 2)}\n` : renderTable(measurements));
  }
}

/** The options; undefined after telling what is wrong with them. */
function optionsOrUsage(): Options | undefined {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exitCode = 2;
    return undefined;
  }
}

/** Measures one after the other, and tells a terminal which. @throws Error that names a benchmark that failed. */
function measureAll(chosen: readonly Found[], { samples, sampleMs }: Options): Measurement[] {
  const tell = (line: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
  };
  const measurements = chosen.map(({ package: name, benchmark }) => {
    tell(`${name}: ${benchmark.name} …`);
    try {
      return measure(name, benchmark, { samples, sampleMs, now: () => performance.now() });
    } catch (cause) {
      throw new Error(`benchmark "${benchmark.name}" of ${name} failed`, { cause });
    }
  });
  tell('');
  return measurements;
}
