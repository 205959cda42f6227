import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { makeTarball } from '@kexeckit/distribution';
import { beforeAll, expect, test } from 'vitest';
import { testFolder } from './kexeckit.ts';

const folder = testFolder();
const packed = testFolder();
const installed = join(folder, 'node_modules/kexeckit');

/** Nothing of this host's npm gets in, and no registry is asked. */
const env = { ...process.env, HOME: folder, npm_config_cache: join(folder, 'cache'), npm_config_offline: 'true' };
const inFolder = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

let tarball: string;

beforeAll(() => {
  tarball = makeTarball(packed);
  inFolder('npm', 'install', '--no-audit', '--no-fund', tarball);
}, 60_000);

test('it has what it needs in it, and nothing else', () => {
  expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['kexeckit']);
  expect(readdirSync(installed).toSorted()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json', 'schema']);
  expect(readdirSync(join(installed, 'dist'))).toEqual(['bundle']);
  expect(readdirSync(join(installed, 'dist/bundle')).toSorted()).toEqual(['LICENSES', 'kexeckit.cjs', 'man']);
});

test('its command runs', () => {
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  expect(inFolder('npx', 'kexeckit', '--version')).toBe(`kexeckit ${version}\n`);
  expect(inFolder('npx', 'kexeckit', 'help', 'reboot')).toContain('--save-plan');
});

test('hints name the command that its reader has', () => {
  const hintOf = (program: string, ...args: string[]): string =>
    spawnSync(program, [...args, 'explian'], { cwd: folder, env, encoding: 'utf8' }).stderr;
  expect(hintOf('npx', 'kexeckit')).toContain('npx kexeckit help lists all commands');
  expect(hintOf(join(folder, 'node_modules/.bin/kexeckit'))).toContain(' node_modules/.bin/kexeckit help lists all');
});

test('it runs without being installed', () => {
  const said = execFileSync('npx', ['--yes', `./${basename(tarball)}`, '--version'], { cwd: packed, env });
  expect(String(said)).toMatch(/^kexeckit \d/);
});

test('the schemas of what it prints are there, by name', () => {
  const find = "console.log(JSON.stringify(require('kexeckit/schema/memory.json').title))";
  expect(inFolder(process.execPath, '--eval', find)).toBe('"kexeckit memory --json"\n');
});

test('npm finds its manual pages', () => {
  const { directories } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  expect(readdirSync(join(installed, directories.man))).toContain('kexeckit.1');
});
