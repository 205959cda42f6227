import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OutputChunk, type Plugin, rolldown } from 'rolldown';
import { DistributionError } from './error.ts';
import { licencesOf } from './licences.ts';
import { packedNatives } from './natives.ts';
import { oneFile } from './one-file.ts';
import { librariesOf, packedPage } from './page.ts';

/** A command as one file. */
export interface Bundle {
  /** JavaScript that Node runs alone, wherever it stands and whatever it is called. */
  readonly text: string;
  /** The licences of all that is in it and is not ours. */
  readonly licences: string;
}

/**
 * The built command in a folder as one file, with everything that it imports, and the built page of the lab beside it.
 *
 * @param folder of the package: `package.json`, `dist/main.js`.
 * @throws DistributionError `ENOENT` where it is not built, or cannot be bundled.
 */
export async function bundle(folder: string): Promise<Bundle> {
  const entry = join(folder, 'dist/main.js');
  try {
    const made = await rolldown({
      input: entry,
      platform: 'node',
      external: outside,
      transform: { target: 'node20' },
      plugins: [insteadOf(folder)],
      logLevel: 'warn',
      checks: { pluginTimings: false },
      onLog: (_, log) => {
        throw new DistributionError('EIO', `${entry} cannot be bundled as it is: ${log.message}`, 'see rolldown');
      },
    });
    const { output } = await made.generate({
      format: 'cjs',
      minify: true,
      chunkFileNames: '[name].js',
      comments: false,
    });
    await made.close();
    const chunks = output.filter((part): part is OutputChunk => part.type === 'chunk');
    const inside = chunks.flatMap(({ moduleIds }) => moduleIds);
    return { text: oneFile(chunks), licences: licencesOf([...inside, ...librariesOf(pageOf(folder))]) };
  } catch (cause) {
    if (cause instanceof DistributionError) throw cause;
    throw new DistributionError('ENOENT', `cannot bundle ${entry}`, 'build the workspace: npm run build', { cause });
  }
}

/** The package of the page that the command serves. */
const pageOf = (folder: string): string => join(folder, '../web');

/** What names the module of a thread, in the package of fleets. */
const CLASS_THREAD = '../../packages/fleet/dist/reality/class-thread.js';

/** The bundle's own file, behind all links. */
const OWN_PATH = `import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
const ownPath = () => realpathSync(process.argv[1]);`;

/** A module that runs in the bundle. */
const standIn = (name: string): string => join(import.meta.dirname, `inside/${name}.js`);

/**
 * The workflow engine and its databases: larger than all else, with files beside them, and not what a host needs. The package for npm brings
 * them along, as dependencies that may be left out.
 */
const outside: RegExp[] = [/^@dbos-inc\//, /^@electric-sql\//, /^pg$/];

/** Modules that another stands for, because they look for files beside them. */
function insteadOf(folder: string): Plugin {
  const { version }: { readonly version?: unknown } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return {
    name: 'instead-of',
    resolveId: (id) => (id === 'koffi' ? standIn('koffi') : null),
    load: (id) => {
      if (id === standIn('packed')) return packedNatives();
      if (id === join(folder, 'dist/commands/lab/page.js')) return packedPage(join(pageOf(folder), 'dist'));
      if (id === join(folder, 'dist/own-file.js')) return `${OWN_PATH}\nexport const ownFile = ownPath;`;
      if (id === join(folder, CLASS_THREAD))
        return `${OWN_PATH}\nexport const classThread = () => pathToFileURL(ownPath());`;
      if (id === join(folder, 'dist/own-version.js'))
        return `export const ownVersion = () => ${JSON.stringify(version)};`;
      return null;
    },
  };
}
