import { join } from 'node:path';
import type { Nodes } from './make.ts';

/** Where scripts/guest-files.mjs has put Node. @param files its folder. */
export const nodesIn = (files: string): Nodes => ({
  node: { arm64: join(files, 'node/bin/node'), x64: join(files, 'node-amd64/bin/node') },
  licence: join(files, 'node-licence/LICENSE'),
});

/** Where it has put what a root needs to run the command. @param files its folder. */
export const rootFilesIn = (files: string): string => join(files, 'root');
