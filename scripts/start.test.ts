import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { CopyOfTree } from './testing/copy-of-tree.ts';

let copy: CopyOfTree;

/** Stands for npx, which installs: writes down that it was called. */
function standInForInstall(then: string): void {
  copy.writeProgram('npx', `echo "$@" >> installs.log\n${then}`);
}

const installs = () =>
  existsSync(copy.path('installs.log')) ? copy.read('installs.log').trim().split('\n').length : 0;

beforeAll(() => {
  copy = new CopyOfTree();
  copy.commit();
});

afterEach(() => {
  rmSync(copy.path('installs.log'), { force: true });
  copy.restore();
});

afterAll(() => copy.remove());

/** `npm start` in the copy, and what it has printed so far. */
function npmStart(...args: string[]): {
  npm: ChildProcess;
  prints: (text: string) => Promise<void>;
  ends: Promise<number | null>;
} {
  const npm = spawn('npm', ['start', '--silent', '--', ...args], { cwd: copy.folder, env: copy.environment() });
  let printed = '';
  const listeners = new Set<() => void>();
  for (const stream of [npm.stdout, npm.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      printed += text;
      for (const listener of listeners) listener();
    });
  const ends = new Promise<number | null>((done) => npm.once('close', (code) => done(code)));
  const prints = (text: string) =>
    new Promise<void>((done, fail) => {
      const look = () => printed.includes(text) && done();
      listeners.add(look);
      look();
      ends.then(() => fail(new Error(`it ended without ${text}:\n${printed}`)));
    });
  return { npm, prints, ends };
}

/** The processes that run in the copy: none may be left. */
function processesInCopy(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          readlinkSync(`/proc/${pid}/cwd`).startsWith(copy.folder) && readFileSync(`/proc/${pid}/cmdline`).length > 0
        );
      } catch {
        return false;
      }
    });
}

/** A command in place of ours, to see what reaches it. */
const COMMAND = `
const alive = setInterval(() => {}, 1000);
process.once('SIGTERM', () => {
  console.log('told to end');
  process.exitCode = 7;
  clearInterval(alive);
});
console.log('runs with', process.argv.slice(2).join(' '));
export {};
`;

test('npm start builds what changed; SIGTERM through npm reaches the command, and its exit code comes back', async () => {
  standInForInstall('');
  copy.write('apps/cli/src/main.ts', COMMAND);
  const { npm, prints, ends } = npmStart('reboot', '--el', '1');
  await prints('runs with reboot --el 1');
  npm.kill('SIGTERM');
  await prints('told to end');
  expect(await ends).toBe(7);
  expect(processesInCopy()).toEqual([]);
  expect(installs()).toBe(1);
});

test('with -s a result in JSON stands alone on standard output, also where it is an error', () => {
  standInForInstall('');
  const command = ['explain', 'ro crashkernel=512MB', '--memory', '8G', '--json'];
  const { status, stdout } = copy.run('npm', 'start', '-s', '--', ...command);
  expect(JSON.parse(stdout)).toMatchObject({ mended: 'ro crashkernel=512M', totals: { findings: 1 } });
  expect(status).toBe(1);
  const refused = copy.run('npm', 'start', '-s', '--', 'reboot', '--strategy', 'mmuon', '--json');
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { kind: 'usage', code: 'EINVAL' } });
  expect(refused.status).toBe(2);
});

test('so jq reads it', ({ skip }) => {
  if (spawnSync('jq', ['--version']).error !== undefined) skip('jq is not installed: apt-get install jq');
  standInForInstall('');
  const line = "npm start -s -- explain 'crashkernel=1G' --memory 8G --json | jq .totals.reservedBytes";
  expect(copy.run('sh', '-c', line)).toMatchObject({ status: 0, stdout: `${2 ** 30}\n` });
});

test('an install that was interrupted is done again, one that was done is not', async () => {
  copy.write('apps/cli/src/main.ts', "console.log('runs');\nexport {};\n");
  rmSync(copy.path('node_modules/.kexeckit-installed'), { force: true });
  standInForInstall("echo 'takes long' >&2; exec sleep 600");
  const interrupted = npmStart();
  await interrupted.prints('takes long');
  interrupted.npm.kill('SIGTERM');
  await interrupted.ends;
  expect(processesInCopy()).toEqual([]);

  standInForInstall('');
  expect(copy.run('npm', 'start', '--silent')).toMatchObject({ status: 0, stdout: 'runs\n' });
  expect(installs()).toBe(2);
  expect(copy.run('npm', 'start', '--silent')).toMatchObject({ status: 0, stdout: 'runs\n' });
  expect(installs()).toBe(2);
});

/** A command that says which signal ends it; the file is read when npm, and with it our pipe, is gone. */
const COMMAND_THAT_NOTES = `
import { writeFileSync } from 'node:fs';
const alive = setInterval(() => {}, 1000);
for (const signal of ['SIGHUP', 'SIGTERM'])
  process.once(signal, () => {
    writeFileSync('ended-by', signal);
    clearInterval(alive);
  });
console.log('runs');
export {};
`;

/** Waits until nothing runs in the copy any more. */
async function expectQuiet(): Promise<void> {
  await expect.poll(processesInCopy, { timeout: 10_000 }).toEqual([]);
}

test.each(['SIGKILL', 'SIGHUP'] as const)('%s of npm ends the command too', async (signal) => {
  standInForInstall('');
  copy.write('apps/cli/src/main.ts', COMMAND_THAT_NOTES);
  const { npm, prints } = npmStart();
  await prints('runs');
  npm.kill(signal);
  await expectQuiet();
  expect(copy.read('ended-by')).toBe('SIGHUP');
});

test.each(['SIGKILL', 'SIGHUP'] as const)('%s of npm ends an install too', async (signal) => {
  rmSync(copy.path('node_modules/.kexeckit-installed'), { force: true });
  standInForInstall("echo 'takes long' >&2; exec sleep 600");
  const { npm, prints } = npmStart();
  await prints('takes long');
  npm.kill(signal);
  await expectQuiet();
});
