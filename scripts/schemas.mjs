// Writes the JSON Schema of everything that the command prints with --json into apps/cli/schema, from the declarations in
// apps/cli/src/json (built before). With --check it writes nothing, and fails where a file is not what the declarations say.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { schemaFiles } from '../apps/cli/dist/json/json-schema.js';

const folder = join(dirname(import.meta.dirname), 'apps/cli/schema');
const isCheck = process.argv.includes('--check');
mkdirSync(folder, { recursive: true });

const files = new Map(schemaFiles().map(({ name, text }) => [name, text]));
for (const name of readdirSync(folder)) if (!files.has(name)) change(name, undefined);
for (const [name, text] of files) {
  const path = join(folder, name);
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) change(name, text);
}

function change(name, text) {
  if (isCheck) fail(`apps/cli/schema/${name} is not what apps/cli/src/json declares: run node scripts/schemas.mjs`);
  if (text === undefined) rmSync(join(folder, name));
  else writeFileSync(join(folder, name), text);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
