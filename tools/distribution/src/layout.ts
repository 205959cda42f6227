import { join } from 'node:path';

/** Files of the workspace that what people install is made of. */
export interface Layout {
  /** The package of the command. */
  readonly command: string;
  readonly licence: string;
  readonly units: readonly string[];
  /** What the build of the command leaves for its package, and for guests. */
  readonly script: string;
  readonly licences: string;
  readonly manual: string;
  /** What writes the manual pages. */
  readonly writePages: string;
  /** What packs for npm. */
  readonly pnpm: string;
}

const root: string = join(import.meta.dirname, '../../..');
const command: string = join(root, 'apps/cli');

/** Where they are. */
export const layout: Layout = {
  command,
  licence: join(root, 'LICENSE'),
  units: [join(root, 'examples/systemd/kexeckit-load.service')],
  script: join(command, 'dist/bundle/kexeckit.cjs'),
  licences: join(command, 'dist/bundle/LICENSES'),
  manual: join(command, 'dist/bundle/man'),
  writePages: join(command, 'dist/reference/write-pages.js'),
  pnpm: join(root, 'node_modules/.bin/pnpm'),
};
