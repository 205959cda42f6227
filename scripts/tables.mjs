// Writes the tables of strategies, invariants and phases into the READMEs, each between two comments, from the records of
// packages/relocation and packages/reboot (built before). With --check it writes nothing, and fails where a table is not
// what the records say.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { phaseOrder } from '../packages/reboot/dist/index.js';
import { invariants, strategies } from '../packages/relocation/dist/index.js';

const table = (head, rows) => {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
};

const reporters = { process: 'this process', arrival: 'the machine, or the next boot' };

const tables = [
  {
    name: 'strategies',
    files: ['README.md', 'packages/relocation/README.md'],
    text: table(
      ['strategy', 'what happens'],
      strategies.map(({ name, summary }) => [`\`${name}\``, summary]),
    ),
  },
  {
    name: 'invariants',
    files: ['packages/relocation/README.md'],
    text: table(['invariant', 'what is shown'], Object.entries(invariants)),
  },
  {
    name: 'phases',
    files: ['packages/reboot/README.md', 'ARCHITECTURE.md'],
    text: table(
      ['phase', 'what happens', 'can be undone', 'who reports it', 'limit'],
      phaseOrder.map(({ name, meaning, undoable, reporter, limit }) => [
        `\`${name}\``,
        meaning,
        undoable ? 'yes' : 'no',
        reporters[reporter],
        `${limit} s`,
      ]),
    ),
  },
];

const root = dirname(import.meta.dirname);
const isCheck = process.argv.includes('--check');

for (const { name, files, text } of tables) for (const file of files) write(file, name, text);

function write(file, name, written) {
  const [start, end] = [`<!-- ${name}: written by scripts/tables.mjs -->`, `<!-- end of ${name} -->`];
  const text = readFileSync(join(root, file), 'utf8');
  const [before, rest] = text.split(start);
  const after = rest?.split(end)[1];
  if (after === undefined) fail(`${file} has no place for the ${name}: ${start} and ${end}`);
  const whole = `${before}${start}\n${written}\n${end}${after}`;
  if (whole === text) return;
  if (isCheck) fail(`${file} does not say what the ${name} are: run node scripts/tables.mjs`);
  writeFileSync(join(root, file), whole);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
