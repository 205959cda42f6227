import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Benchmark } from './benchmark.ts';

/** A benchmark and the package that it is for. */
export interface Found {
  readonly package: string;
  readonly benchmark: Benchmark;
}

/** Loads every built `bench/*.bench.js` below a folder of packages. @throws TypeError for a file without benchmarks. */
export async function loadBenchmarks(packages: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const name of readdirSync(packages).sort()) {
    const folder = join(packages, name, 'build', 'bench');
    const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.bench.js')) : [];
    for (const file of files.sort()) {
      for (const benchmark of await benchmarksOf(join(folder, file))) found.push({ package: name, benchmark });
    }
  }
  return found;
}

async function benchmarksOf(file: string): Promise<readonly Benchmark[]> {
  const module: Record<string, unknown> = await import(pathToFileURL(file).href);
  const { benchmarks } = module;
  if (!Array.isArray(benchmarks) || !benchmarks.every(isBenchmark))
    throw new TypeError(`${file} exports no benchmarks`);
  return benchmarks;
}

function isBenchmark(value: unknown): value is Benchmark {
  return typeof value === 'object' && value !== null && 'name' in value && 'setup' in value && 'operations' in value;
}
