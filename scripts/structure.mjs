// npm run structure: how long files and functions are, and which files name a strategy. With --check it prints nothing of
// that, but fails when a file or a function is too long, or has a form that no rule can see behind.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findEscapes } from './structure/escapes.mjs';
import { findProblems } from './structure/limits.mjs';
import { measureFile, spread } from './structure/measure.mjs';
import { namesStrategy } from './structure/strategies.mjs';
import { isTest, isTestFile, sourceFiles } from './structure/syntax.mjs';

const root = dirname(import.meta.dirname);
const files = sourceFiles(root).filter((file) => !isTest(file));
const measured = files.map((file) => measureFile(root, file));

if (process.argv.includes('--check')) check();
else report();

function check() {
  const list = JSON.parse(readFileSync(join(import.meta.dirname, 'structure/exceptions.json'), 'utf8'));
  const problems = [...findProblems(measured, list), ...files.flatMap((file) => findEscapes(root, file))];
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

function report() {
  const functions = measured.flatMap(({ file, functions }) => functions.map((one) => ({ ...one, file })));
  const named = functions.filter(({ isNamed }) => isNamed);
  console.log(`packages/*/src, apps/*/src, tools/*/src without tests: ${measured.length} files`);
  console.log(`${named.length} functions with a name; what they call back counts as theirs\n`);
  console.log('lines per     median   90%   max');
  printSpread('file', measured, ({ file }) => file);
  printSpread('function', named, ({ file, name }) => `${name} in ${file}`);
  const naming = sourceFiles(root, ['packages', 'apps', 'tools'], ['src', 'test']).filter((file) =>
    namesStrategy(root, file),
  );
  const tests = naming.filter(isTestFile);
  console.log(`\nfiles that name a strategy: ${naming.length - tests.length} in src, ${tests.length} in tests`);
  for (const file of naming.filter((name) => !isTestFile(name))) console.log(`  ${file}`);
}

function printSpread(title, items, nameOf) {
  const { median, p90, max } = spread(items.map(({ lines }) => lines));
  const longest = items.find(({ lines }) => lines === max);
  const columns = [String(median).padStart(8), String(p90).padStart(6), String(max).padStart(6)].join('');
  console.log(`${title.padEnd(12)}${columns}  ${longest === undefined ? '' : nameOf(longest)}`);
}
