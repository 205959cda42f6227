import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What a package says of itself. */
interface Manifest {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly license?: unknown;
  readonly homepage?: unknown;
}

/** Packages of others have one in this folder of theirs. */
const OTHERS = '/node_modules/';

/** What the native part in a bundle was built from. */
const KOFFI = createRequire(import.meta.url).resolve('koffi');

/** The licences of the packages of others that these files belong to, by name. */
export function licencesOf(files: readonly string[]): string {
  const folders = new Set([...files, KOFFI].filter((file) => file.includes(OTHERS)).map(packageOf));
  return [...folders]
    .map(licenceOf)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join('\n');
}

function packageOf(file: string): string {
  let folder = dirname(file);
  while (!hasName(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** Inner folders may have a manifest that only says how their files are to be read. */
const hasName = (path: string): boolean => existsSync(path) && manifestAt(path).name !== undefined;

function manifestAt(path: string): Manifest {
  const manifest: Manifest = JSON.parse(readFileSync(path, 'utf8'));
  return manifest;
}

function licenceOf(folder: string): string {
  const { name, version, license, homepage } = manifestAt(join(folder, 'package.json'));
  const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)\b/i.test(file));
  const said = texts.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
  const heading = `${name} ${version} (${license})`;
  return `${heading}\n${'-'.repeat(heading.length)}\n\n${said === '' ? `Its text: ${homepage}` : said}\n`;
}
