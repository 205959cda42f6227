// Writes the table of strategies into the READMEs, between two comments, from the records of packages/relocation (built
// before). With --check it writes nothing, and fails where a table is not what the records say.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { strategies } from '../packages/relocation/dist/index.js';

const FILES = ['README.md', 'packages/relocation/README.md'];
const START = '<!-- strategies: written by scripts/strategies-table.mjs -->';
const END = '<!-- end of strategies -->';

const root = dirname(import.meta.dirname);
const isCheck = process.argv.includes('--check');
const rows = strategies.map(({ name, summary }) => `| \`${name}\` | ${summary} |`);
const table = ['| strategy | what happens |', '|---|---|', ...rows].join('\n');

for (const file of FILES) {
  const text = readFileSync(join(root, file), 'utf8');
  const [before, rest] = text.split(START);
  const after = rest?.split(END)[1];
  if (after === undefined) fail(`${file} has no place for the strategies: ${START} and ${END}`);
  const written = `${before}${START}\n${table}\n${END}${after}`;
  if (written === text) continue;
  if (isCheck) fail(`${file} does not say what the strategies are: run node scripts/strategies-table.mjs`);
  else writeFileSync(join(root, file), written);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
