import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

/**
 * The text of a module with all files of a built page, compressed by brotli, in base64. It exports what the command's own module
 * does that reads them from a folder: `pageFiles`.
 */
export function packedPage(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  const rows = files.map((path) => {
    const packed = brotliCompressSync(readFileSync(path)).toString('base64');
    return `[${JSON.stringify(relative(folder, path))}, '${packed}']`;
  });
  return `import { brotliDecompressSync } from 'node:zlib';
const packed = [${rows.join(', ')}];
export const pageFiles = () => new Map(packed.map(([path, text]) => [path, brotliDecompressSync(Buffer.from(text, 'base64'))]));
`;
}

/** The manifest of each library that a package in a folder is built with, and of those that these need in turn. */
export function librariesOf(folder: string): readonly string[] {
  const found = new Set<string>();
  const look = (manifest: string): void => {
    const { dependencies = {} }: { dependencies?: Readonly<Record<string, string>> } = JSON.parse(
      readFileSync(manifest, 'utf8'),
    );
    for (const name of Object.keys(dependencies).filter((each) => !each.startsWith('@kexeckit/'))) {
      const places = createRequire(manifest).resolve.paths(name) ?? [];
      const library = places.map((place) => join(place, name, 'package.json')).find((path) => existsSync(path));
      if (library === undefined || found.has(library)) continue;
      found.add(library);
      look(library);
    }
  };
  look(join(folder, 'package.json'));
  return [...found];
}
