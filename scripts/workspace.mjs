// What every script needs: where the workspace is, how to run its tools, and how to get it installed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChild } from './child.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const stampFile = join(root, 'node_modules', '.kexeckit-installed');

/** The tools of the workspace come first; turbo looks for pnpm there too. */
const environment = {
  ...process.env,
  PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`,
  TURBO_TELEMETRY_DISABLED: '1',
};

/** Runs a program in the workspace; its output goes where ours goes. Returns its exit code. */
export function run(program, ...args) {
  return runWith('inherit', program, args);
}

/** Runs a program that must succeed before the work can start. What it prints is not the result: it goes to standard error. */
async function prepare(program, ...args) {
  const code = await runWith(['inherit', process.stderr, 'inherit'], program, args);
  if (code !== 0) process.exit(code);
}

async function runWith(stdio, program, args) {
  const { code, error } = await runChild(program, args, { cwd: root, env: environment, stdio });
  if (error) fail(`cannot run ${program}: ${error.message}`);
  return code;
}

/** Ends the script with one line that says what to do. */
export function fail(message) {
  console.error(`kexeckit: ${message}`);
  process.exit(1);
}

/** Everything that decides what gets installed. */
function installKey() {
  const hash = createHash('sha256');
  const manifests = ['packages', 'apps', 'tools'].flatMap((folder) => manifestsIn(folder));
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...manifests]) {
    hash.update(file).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

function manifestsIn(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .map((entry) => join(folder, entry.name, 'package.json'))
    .filter((file) => existsSync(join(root, file)))
    .sort();
}

/** Installs the dependencies with the pinned pnpm, unless they are installed already. Needs only Node and npm. */
export async function install() {
  checkNode();
  const key = installKey();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === key) return;
  // Whatever stops us from here on, what is installed is no longer what the old stamp says.
  rmSync(stampFile, { force: true });
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  console.error('installing dependencies …');
  await prepare('npx', '--yes', packageManager, 'install', '--frozen-lockfile', '--reporter=append-only');
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, key);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) fail(`Node ${process.versions.node} is too old: use 20.19 or newer`);
}

/** Builds one package with what it needs, or all. Nothing is built twice. */
export async function build(filter) {
  const only = filter === undefined ? [] : [`--filter=${filter}`];
  await prepare('turbo', 'run', 'build', '--log-order=grouped', '--output-logs=errors-only', ...only);
}

/** Builds what the packages' vectors and benchmarks are run from. */
export async function buildTools() {
  const options = ['--log-order=grouped', '--output-logs=errors-only', '--log-prefix=none'];
  await prepare('turbo', 'run', 'build:tools', ...options);
}
