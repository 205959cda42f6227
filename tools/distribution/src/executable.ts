import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Architecture, namesOf } from './architecture.ts';
import { runProgram } from './program.ts';

/** What Node looks for in itself (Node's documentation, "Single executable applications"). */
const BLOB = 'NODE_SEA_BLOB';
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const { resolve } = createRequire(import.meta.url);

/** What a program of its own is made of. */
export interface Ingredients {
  /** The command as one file. */
  readonly script: string;
  /** A Node of this host's architecture, of the version of the others: how it packs a script changes with the version. */
  readonly packer: string;
  readonly architecture: Architecture;
  /** Node for that architecture. */
  readonly node: string;
}

/**
 * Makes a program of its own: Node, without what only debuggers read, with the command in it.
 *
 * @throws DistributionError where a tool is missing or fails.
 */
export function makeExecutable(output: string, { script, packer, architecture, node }: Ingredients): void {
  const work = mkdtempSync(join(dirname(output), '.executable-'));
  try {
    const config = { main: 'main.js', output: 'blob', disableExperimentalSEAWarning: true };
    writeFileSync(join(work, 'main.js'), script.replace(/^#!.*\n/, ''));
    writeFileSync(join(work, 'config.json'), JSON.stringify(config));
    runProgram('node scripts/guest-files.mjs fetches it', packer, ['--experimental-sea-config', 'config.json'], {
      cwd: work,
    });
    strip(architecture, node, join(work, 'program'));
    const postject = join(dirname(resolve('postject/package.json')), 'dist/cli.js');
    const inject = [postject, 'program', BLOB, 'blob', '--sentinel-fuse', FUSE];
    runProgram('npm start installs it', process.execPath, inject, { cwd: work });
    chmodSync(join(work, 'program'), 0o755);
    renameSync(join(work, 'program'), output);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function strip(architecture: Architecture, from: string, to: string): void {
  const { gnu, binutils } = namesOf[architecture];
  const isOurs = architecture === process.arch;
  runProgram(`apt-get install ${isOurs ? 'binutils' : binutils}`, isOurs ? 'objcopy' : `${gnu}-objcopy`, [
    '--strip-all',
    from,
    to,
  ]);
}
