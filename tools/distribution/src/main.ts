// node main.js script | manual | all FOLDER FILES: makes what people install. `all` finds in FILES what scripts/guest-files.mjs fetches.
import { statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { DistributionError } from './error.ts';
import { makeAll, makeManual, makeScript } from './make.ts';
import { nodesIn, rootFilesIn } from './nodes.ts';

const [what, folder = 'dist', files = ''] = process.argv.slice(2);
try {
  if (what === 'script') await makeScript();
  else if (what === 'manual') makeManual();
  else for (const path of makeAll(resolve(folder), nodesIn(files), rootFilesIn(files))) console.log(lineOf(path));
} catch (error) {
  if (!(error instanceof DistributionError)) throw error;
  console.error(`kexeckit: ${error.message}; ${error.hint}`);
  if (error.cause !== undefined) console.error(String(error.cause));
  process.exitCode = 1;
}

function lineOf(path: string): string {
  return `${(statSync(path).size / 2 ** 20).toFixed(1).padStart(6)} MiB  ${relative(process.cwd(), path)}`;
}
