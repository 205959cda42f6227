import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { layout } from '@kexeckit/distribution';
import { expect, test } from 'vitest';
import { type Outcome, published, testFolder } from './kexeckit.ts';

const folder = testFolder();
// Nothing is beside it that it could import.
const alone = join(folder, 'alone');
mkdirSync(alone);
const script = join(alone, 'a name, with blanks');
copyFileSync(layout.script, script);
chmodSync(script, 0o755);

/** Runs the file; what comes through its standard input is the input. */
function run(args: readonly string[], { env = {}, input = '' }: { env?: NodeJS.ProcessEnv; input?: string } = {}) {
  return new Promise<Outcome>((resolve) => {
    const options = { env: { ...process.env, NO_COLOR: '1', ...env }, maxBuffer: 1 << 26, cwd: folder };
    const child = execFile(script, args, options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  }).then((outcome) => published(args, outcome));
}

/** The watcher says that it watches when it can make system calls, and ends when it is told that all is released. */
const watch = (env: NodeJS.ProcessEnv = {}) => run(['@watcher'], { input: 'released\n', env });

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(layout.command, 'package.json'), 'utf8'));
  for (const option of ['--version', '-V'])
    expect(await run([option])).toEqual({ code: 0, out: `kexeckit ${version}\n`, err: '' });
});

test('help is told by a small part of it', async () => {
  const log = join(folder, 'compiled');
  const watcher = join(folder, 'watcher.cjs');
  writeFileSync(
    watcher,
    `const vm = require('node:vm');
     const { compileFunction } = vm;
     vm.compileFunction = (code, names, options) => {
       require('node:fs').appendFileSync(${JSON.stringify(log)}, options.filename + ' ' + code.length + '\\n');
       return compileFunction(code, names, options);
     };`,
  );
  const partsOf = async (...args: string[]) => {
    writeFileSync(log, '');
    expect((await run(args, { env: { NODE_OPTIONS: `--require ${watcher}` } })).code).toBe(0);
    return readFileSync(log, 'utf8').trim().split('\n');
  };
  // Declarations of all commands are told; none of what they do, and nothing that lays out what they show.
  const ofHelp = await partsOf('--help');
  expect(ofHelp.length).toBeGreaterThan(10);
  expect(ofHelp.reduce((all, part) => all + Number(part.split(' ')[1]), 0)).toBeLessThan(160_000);
  const layingOut = /^kexeckit:table\.js /;
  expect(ofHelp.filter((part) => layingOut.test(part))).toEqual([]);
  expect((await partsOf('explain', 'quiet')).filter((part) => layingOut.test(part))).toHaveLength(1);
});

test('by a link of that name it is kexec', async () => {
  symlinkSync(script, join(folder, 'kexec'));
  const help = execFileSync(join(folder, 'kexec'), ['--help'], { encoding: 'utf8' });
  expect(help).toMatch(/^kexeckit \d.*\nUsage: kexec /);
});

test('hints name the command that its reader has', () => {
  const hintOf = (program: string, ...args: string[]): string =>
    spawnSync(program, [...args, 'explian'], { encoding: 'utf8', cwd: alone }).stderr;
  expect(hintOf(script)).toContain("'./a name, with blanks' help lists all commands");
  copyFileSync(script, join(alone, '../kexeckit.js'));
  expect(hintOf(process.execPath, '../kexeckit.js')).toContain(`node ${join(folder, 'kexeckit.js')} help lists all`);
});

test('it reboots the simulated machine', async () => {
  const { code, out, err } = await run(['reboot', '--strategy', 'mmu-on', '--json']);
  expect(code, err).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ reboots: [{ machine: 'simulated', strategy: 'mmu-on' }] });
});

test('it looks at this host', async () => {
  const { code, out } = await run(['doctor', '--json']);
  expect(code).toBeLessThan(2);
  expect(JSON.parse(out)).toHaveProperty('findings');
});

const pageFolder = join(import.meta.dirname, '../../web/dist');
const bytesAt = async (address: string): Promise<Buffer> => Buffer.from(await (await fetch(address)).arrayBuffer());

test('it serves the page that is in it', async () => {
  const child = spawn(script, ['lab', '--json'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [said] = await once(child.stdout.setEncoding('utf8'), 'data');
    const { address } = JSON.parse(String(said));
    const page = await (await fetch(address)).text();
    const parts = [...page.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map(([, part = '']) => part);
    expect(parts.length).toBeGreaterThan(1);
    const found = parts.map(async (part) =>
      readFileSync(join(pageFolder, part)).equals(await bytesAt(new URL(`/${part}`, address).href)),
    );
    expect(await Promise.all(found)).toEqual(parts.map(() => true));
  } finally {
    child.kill('SIGKILL');
  }
});

test('it makes system calls, and leaves no file behind', async () => {
  const tmp = join(folder, 'tmp, and blanks');
  mkdirSync(tmp);
  expect(await watch({ TMPDIR: tmp })).toEqual({ code: 0, out: 'ready\n', err: '' });
  expect(readdirSync(tmp)).toEqual([]);
});

test('a folder that nothing can be written to does not stop it', async () => {
  expect(await watch({ TMPDIR: join(folder, 'missing') })).toMatchObject({ code: 0, out: 'ready\n' });
});

test('where no folder lets its native part run, it says which it has tried, and what to do', async () => {
  const refusing = join(folder, 'refusing.cjs');
  writeFileSync(refusing, "process.dlopen = () => { throw new Error('failed to map segment'); };");
  const { code, err } = await watch({ NODE_OPTIONS: `--require ${refusing}`, TMPDIR: alone });
  expect(code).toBeGreaterThan(0);
  expect(err).toContain(`${alone}: failed to map segment; /dev/shm: failed to map segment`);
  expect(err).toContain('set TMPDIR to a folder');
  expect(readdirSync(alone)).toEqual(['a name, with blanks']);
});

test('what is not ours in it is named with its licence', () => {
  const licences = readFileSync(layout.licences, 'utf8');
  for (const name of ['commander', 'koffi', 'modern-tar', 'valibot'])
    expect(licences).toMatch(new RegExp(`^${name} \\d.* \\(MIT\\)\\n-+\\n\\n.*Permission is hereby granted`, 'ms'));
  expect(licences, 'a package without the text').toMatch(/^lz4js .* \(ISC\)\n-+\n\nIts text: https:/m);
  expect(licences).toMatch(/^MIT License\n\nCopyright .* the kexeckit authors/);
});
