import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Entry, entriesBelow } from './entry.ts';
import { GuestError } from './error.ts';

/** The command as its own package builds it. */
const CLI: string = join(import.meta.dirname, '../../../apps/cli');

/** Where the command stands in a guest. */
const HOME = 'opt/kexeckit';

/** An npm package that stays outside the bundle, because it has a native part: its name, and its folder on this host. */
export interface NativePackage {
  readonly name: string;
  readonly folder: string;
}

/**
 * The built command as one file with everything that it imports, to run with Node 20 and nothing else: `/bin/kexeckit`.
 * Packages with a native part stand beside it.
 *
 * @throws GuestError `ENOENT` where the command is not built
 */
export async function bundleCommand(natives: readonly NativePackage[] = []): Promise<Entry[]> {
  const main = await bundle(
    join(CLI, 'dist/main.js'),
    natives.map(({ name }) => name),
  );
  return [
    { kind: 'file', path: `${HOME}/dist/main.js`, content: main, mode: 0o755 },
    // The command reads its version there, and Node that it is a module.
    { kind: 'file', path: `${HOME}/package.json`, content: readFileSync(join(CLI, 'package.json')) },
    { kind: 'link', path: 'bin/kexeckit', target: `/${HOME}/dist/main.js` },
    ...natives.flatMap(({ name, folder }) => entriesBelow(folder, `${HOME}/node_modules/${name}`)),
  ];
}

async function bundle(entry: string, external: readonly string[]): Promise<Uint8Array> {
  const options = {
    bundle: true,
    write: false,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  } as const;
  // Modules of the older kind, of which some are in the bundle, ask for those of Node with it.
  const banner =
    "import { createRequire as requireHere } from 'node:module';\nconst require = requireHere(import.meta.url);";
  try {
    const { outputFiles } = await build({
      ...options,
      entryPoints: [entry],
      external: [...external],
      banner: { js: banner },
      // Of modules of the newer kind only what is used gets in.
      mainFields: ['module', 'main'],
      logLevel: 'silent',
    });
    const [file] = outputFiles;
    if (file !== undefined) return file.contents;
  } catch (cause) {
    throw new GuestError('ENOENT', `cannot bundle ${entry}`, 'build the workspace: npm run build', { cause });
  }
  throw new GuestError('EIO', `esbuild made nothing of ${entry}`, 'build the workspace: npm run build');
}
