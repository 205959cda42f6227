// Writes the manual pages into a folder: node write-pages.js FOLDER DATE. Packages of the command are made with it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands } from '../commands/index.ts';
import { ownVersion } from '../own-version.ts';
import { manualPages } from './manual.ts';
import { outlineOf } from './outline.ts';

const [folder = '.', date = ''] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
for (const { name, text } of manualPages(outlineOf(commands), { version: ownVersion(), date }))
  writeFileSync(join(folder, `${name}.1`), text);
