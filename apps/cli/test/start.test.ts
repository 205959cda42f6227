import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { main, testFolder } from './kexeckit.ts';

const folder = testFolder();

/** Notes the address of every module that is loaded. */
const hooks = `
import { appendFileSync } from 'node:fs';
export async function load(url, context, next) {
  appendFileSync(process.env.KEXECKIT_LOADED, url + '\\n');
  return next(url, context);
}`;
const dataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
const register = dataUrl(`import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hooks))});`);

/** Runs the command, and returns what it printed and the modules of other packages of ours that it loaded. */
function modulesOf(args: readonly string[]): Promise<{ out: string; ours: string[] }> {
  const log = join(folder, `${randomUUID()}.log`);
  const env = { ...process.env, NO_COLOR: '1', KEXECKIT_LOADED: log };
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', register, main, ...args], { env }, (_, out) => {
      const urls = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [];
      resolve({ out, ours: urls.flatMap((url) => /\/packages\/(.+)$/.exec(url)?.[1] ?? []) });
    });
  });
}

/** The strategies' table, the error that looking one up can throw, and where the command says what digests. */
const TABLE = ['relocation/dist/strategies.js', 'relocation/dist/error.js', 'relocation/dist/host-sha256.js'];

test.each([
  [['--version'], /^kexeckit \d+\.\d+\.\d+\n$/],
  [['--help'], /Commands:/],
  [['help', 'reboot'], /--save-plan/],
  [['prove', '--help'], /<plan>/],
])('%j loads no engine', async (args, message) => {
  const { out, ours } = await modulesOf(args);
  expect(out).toMatch(message);
  expect(ours.filter((module) => !TABLE.includes(module))).toEqual([]);
});

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(main, '../../package.json'), 'utf8'));
  expect((await modulesOf(['--version'])).out).toBe(`kexeckit ${version}\n`);
});

test('a command that runs does load it: the check above would see it', async () => {
  const { ours } = await modulesOf(['diff', main, main]);
  expect(ours).toContain('reboot/dist/index.js');
});
