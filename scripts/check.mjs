// npm run check: everything that is wrong without running it. All checks run, then the exit code tells.
import { build, install, run } from './workspace.mjs';

const checks = [
  ['format, lint, import cycles', 'biome', 'check', '--error-on-warnings', '.'],
  ['floors', 'turbo', 'boundaries'],
  ['lengths of files and functions, forms that hide from rules', 'node', 'scripts/structure.mjs', '--check'],
  ['types of tests, packages', 'turbo', 'run', 'typecheck', 'check:package', '--output-logs=errors-only'],
  ['tables in the documents', 'node', 'scripts/tables.mjs', '--check'],
  ['schemas of what is printed as JSON', 'node', 'scripts/schemas.mjs', '--check'],
  ['types of scripts', 'tsc', '-p', 'scripts'],
  ['dead code', 'knip', '--no-config-hints'],
];

export async function check() {
  const failed = [];
  for (const [name, program, ...args] of checks) {
    console.log(`check: ${name}`);
    if ((await run(program, ...args)) !== 0) failed.push(name);
  }
  for (const name of failed) console.error(`check failed: ${name}`);
  return failed.length === 0;
}

if (process.argv[1] === import.meta.filename) {
  await install();
  await build();
  process.exitCode = (await check()) ? 0 : 1;
}
