import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The files of the built page by their paths, `assets/index.css`. They are those of the workspace: a bundle has its own in the place
 * of this module.
 */
export function pageFiles(): ReadonlyMap<string, Uint8Array> {
  const folder = fileURLToPath(new URL('../../../../web/dist/', import.meta.url));
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length));
  return new Map(paths.map((path) => [path, readFileSync(join(folder, path))]));
}
