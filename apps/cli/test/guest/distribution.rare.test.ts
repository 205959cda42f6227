import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  type Architecture,
  architectures,
  layout,
  makePackage,
  makeProgram,
  namesOf,
  nodesIn,
} from '@kexeckit/distribution';
import { entriesBelow, folderOf, runGuest, whyMissing, whyNoGuest } from '@kexeckit/guests';
import { skipWithout, whyNoProgram } from '@kexeckit/testing';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import { testFolder } from '../kexeckit.ts';
import { assertPublished } from '../published.ts';
import { nextFiles } from './next-kernel.ts';

const MINUTES = 60_000;
const folder = testFolder();
const nodes = nodesIn(join(folderOf('node'), '..'));

const binutils = architectures.map((name) => (name === process.arch ? 'objcopy' : `${namesOf[name].gnu}-objcopy`));
const why = [
  whyMissing(['node', 'node-amd64', 'node-licence']),
  ...[...binutils, 'dpkg-deb', 'mandoc'].map(whyNoProgram),
].find(Boolean);
const here: Architecture = process.arch === 'arm64' ? 'arm64' : 'x64';

/** A program, its package, and what that has in it. */
interface Made {
  readonly program: string;
  readonly package: string;
  readonly root: string;
}

function make(architecture: Architecture): Made {
  const program = makeProgram(folder, architecture, nodes);
  const made = makePackage(program, architecture, nodes);
  const root = join(folder, `root-${architecture}`);
  execFileSync('dpkg-deb', ['--extract', made, root]);
  return { program, package: made, root };
}

let made: Readonly<Record<Architecture, Made>>;

beforeAll(() => {
  // The same whoever makes it, and when.
  process.env.SOURCE_DATE_EPOCH = '1790000000';
  if (why === undefined) made = { arm64: make('arm64'), x64: make('x64') };
}, 10 * MINUTES);

beforeEach((ctx) => skipWithout(ctx, why));

describe('a program of its own, on this host', () => {
  const run = (args: readonly string[], input = '') => {
    const { status, stdout, stderr } = spawnSync(made[here].program, args, {
      input,
      encoding: 'utf8',
      // There is no Node.
      env: { PATH: join(folder, 'nothing'), NO_COLOR: '1' },
      cwd: folder,
    });
    assertPublished(args, stdout, status);
    return { code: status, out: stdout, err: stderr };
  };

  test('says its version and nothing of Node', () => {
    const { version } = JSON.parse(readFileSync(join(layout.command, 'package.json'), 'utf8'));
    expect(run(['--version'])).toEqual({ code: 0, out: `kexeckit ${version}\n`, err: '' });
  });

  test('reboots the simulated machine', () => {
    const { code, out, err } = run(['reboot', '--strategy', 'mmu-on', '--json']);
    expect(code, err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ reboots: [{ machine: 'simulated', strategy: 'mmu-on' }] });
  });

  test('makes system calls', () => {
    expect(run(['@watcher'], 'released\n')).toEqual({ code: 0, out: 'ready\n', err: '' });
  });
});

describe('a Debian package', () => {
  test('says what it is', () => {
    const fields = (architecture: Architecture): string =>
      execFileSync('dpkg-deb', ['--field', made[architecture].package], { encoding: 'utf8' });
    expect(fields('arm64')).toMatch(/^Package: kexeckit\nVersion: \d.*\nArchitecture: arm64\n/);
    expect(fields('x64')).toMatch(/^Package: kexeckit\nVersion: \d.*\nArchitecture: amd64\n/);
  });

  test('belongs to root, and its checksums are right', () => {
    const list = execFileSync('dpkg-deb', ['--contents', made.arm64.package], { encoding: 'utf8' }).trim().split('\n');
    for (const line of list) expect(line).toMatch(/^(d|-)rwxr-xr-x root\/root |^-rw-r--r-- root\/root /);
    const control = join(folder, 'control');
    execFileSync('dpkg-deb', ['--control', made.arm64.package, control]);
    execFileSync('md5sum', ['--check', '--strict', '--quiet', join(control, 'md5sums')], { cwd: made.arm64.root });
    expect(readFileSync(join(control, 'md5sums'), 'utf8').trim().split('\n')).toHaveLength(
      list.filter((line) => line.startsWith('-')).length,
    );
  });

  test('has a manual page for each command that mandoc has nothing to say of', () => {
    const pages = join(made.arm64.root, 'usr/share/man/man1');
    const names = ['kexeckit', ...commands.map(({ name }) => `kexeckit-${name}`)].map((name) => `${name}.1.gz`);
    expect(readdirSync(pages).toSorted()).toEqual(names.toSorted());
    // Of several that are compressed mandoc reads only the first.
    const mandoc = (...args: string[]): string => execFileSync('mandoc', args, { cwd: pages, encoding: 'utf8' });
    for (const name of names) expect(mandoc('-T', 'lint', '-W', 'warning', name)).toBe('');
    expect(mandoc('-T', 'ascii', 'kexeckit.1.gz')).toContain('2026-09-21');
  });

  test('completes command lines', () => {
    const script = join(made.arm64.root, 'usr/share/bash-completion/completions/kexeckit');
    const body = `source '${script}'; COMP_WORDS=(kexeckit rebo); COMP_CWORD=1; _kexeckit; echo "\${COMPREPLY[@]}"`;
    expect(execFileSync('bash', ['--norc', '-c', body], { encoding: 'utf8' }).trim()).toBe('reboot');
    const others = ['usr/share/zsh/vendor-completions/_kexeckit', 'usr/share/fish/vendor_completions.d/kexeckit.fish'];
    for (const path of others) expect(statSync(join(made.arm64.root, path)).size).toBeGreaterThan(1000);
  });

  test('has the licences of all that is in it, a changelog, and units that name its program', () => {
    const documents = join(made.arm64.root, 'usr/share/doc/kexeckit');
    const copyright = readFileSync(join(documents, 'copyright'), 'utf8');
    expect(copyright).toMatch(/^MIT License$/m);
    expect(copyright).toMatch(/^koffi \d/m);
    expect(copyright).toContain('Node.js contributors');
    const changes = String(gunzipSync(readFileSync(join(documents, 'changelog.gz'))));
    expect(changes).toMatch(/^kexeckit \(\d.*\) unstable; .*^ -- .*> {2}Mon, 21 Sep 2026 14:13:20 \+0000$/ms);
    const units = join(made.arm64.root, 'lib/systemd/system');
    for (const unit of readdirSync(units))
      expect(readFileSync(join(units, unit), 'utf8')).toContain('ExecStart=/usr/bin/kexeckit ');
  });

  test('has the same bytes when it is made again', { timeout: 16 * MINUTES }, () => {
    const again = join(folder, 'again');
    mkdirSync(again);
    const program = makeProgram(again, 'arm64', nodes);
    expect(readFileSync(program).equals(readFileSync(made.arm64.program)), 'the program').toBe(true);
    const twin = makePackage(program, 'arm64', nodes);
    expect(readFileSync(twin).equals(readFileSync(made.arm64.package)), 'the package').toBe(true);
  });
});

test('the arm64 package runs on a machine without Node', { timeout: 16 * MINUTES }, async ({ skip, signal }) => {
  const scenario = { kernel: '6.1', firmware: 'dt', level: 'EL1' } as const;
  const reason = whyNoGuest(scenario);
  if (reason !== undefined) skip(reason);
  const files = '--kernel /boot/Image --initrd /boot/initrd --append console=ttyAMA0';
  const { console, stages } = await runGuest({
    ...scenario,
    stages: [
      [
        'ls /bin/node /usr/bin/node',
        'kexeckit --version',
        'kexeckit doctor --json',
        // From a process that holds its pages, watched by another: both are this program again.
        `kexeckit load --strategy mmu-on --rehearse no ${files}`,
        'cat /sys/kernel/kexec_loaded; kexeckit status',
        'kexeckit status --json',
        'kexeckit unload --json',
        'cat /sys/kernel/kexec_loaded; ls /tmp /dev/shm /run/kexeckit',
      ],
    ],
    entries: [...entriesBelow(made.arm64.root), ...(await nextFiles('6.1', []))],
    deadlineMs: 15 * MINUTES,
    signal,
  });
  const [steps = []] = stages;
  const said = (at: number): string => `${steps[at]?.status} ${steps[at]?.output}`;
  expect(steps[0]?.status, 'there is no Node').toBeGreaterThan(0);
  expect(said(1), console.slice(-3000)).toMatch(/^0 kexeckit \d+\.\d+\.\d+\n$/);
  assertPublished(['doctor', '--json'], steps[2]?.output ?? '', 0);
  expect(said(3), console.slice(-3000)).toMatch(/^0 .*loaded: kexeckit exec reboots into it/s);
  expect(said(4)).toMatch(/^0 1\nfor a reboot {3}loaded\n.*held by {8}process \d+, for mmu-on; its pages are whole/s);
  assertPublished(['status', '--json'], steps[5]?.output ?? '', 0);
  expect(JSON.parse(steps[5]?.output ?? '')).toMatchObject({
    next: true,
    holder: { strategy: 'mmu-on', isWhole: true },
  });
  assertPublished(['unload', '--json'], steps[6]?.output ?? '', 0);
  expect(JSON.parse(steps[6]?.output ?? '')).toMatchObject({ next: false });
  expect(said(7)).toMatch(/^\d 0\n/);
  expect(said(7), 'no file of koffi is left').not.toMatch(/kexeckit-[0-9a-f]/);
});
