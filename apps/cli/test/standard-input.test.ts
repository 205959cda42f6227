import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { generateWorkload } from '@kexeckit/reboot';
import { beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../src/commands/index.ts';
import { longName } from '../src/options/option.ts';
import { kexeckitHere, testFolder } from './kexeckit.ts';

/** Files that are written, and the mark, which is one of the host's own. */
const NOT_READ = [
  '--save-plan',
  '--save-profile',
  '--collect',
  '--unpack',
  '--output',
  '--mark',
  '--html',
  '--prometheus',
];
/** What workers read again, later and elsewhere. */
const READ_LATER = ['--kernel', '--initrd', '--dtb', '--agent'];

const folder = testFolder();
const plan = join(folder, 'plan.json');
const image = join(folder, 'Image');
writeFileSync(image, generateWorkload(200_000, 100_000, 1).kernel);
const self = import.meta.filename;
const kernel = ['--kernel', self];
const real = ['--kernel', image, '--release', '6.1'];
const inventory = join(folder, 'hosts.json');
writeFileSync(inventory, JSON.stringify({ hosts: [{ name: 'a' }] }));
const policy = join(folder, 'policy.json');
writeFileSync(policy, JSON.stringify({ concurrency: 1 }));
const qemu = ['--machine', 'qemu', '--kernel', image];
const linux = ['--machine', 'linux', ...kernel, '--strategy', 'mmu-off'];

beforeAll(async () => {
  expect((await kexeckitHere(['plan', '--strategy', 'mmu-on', '--save-plan', plan])).code).toBe(0);
}, 60_000);

type Line = readonly [what: string, before: readonly string[]];

/** What of a command names a file that is read: each with what stands before it on a command line. */
const lines: readonly Line[] = [
  ...['reboot', 'plan', 'compare'].flatMap((name): readonly Line[] => [
    [`${name} --kernel`, [name]],
    [`${name} --initrd`, [name, ...kernel]],
    [`${name} --dtb`, [name, ...kernel]],
    [`${name} --profile`, [name]],
    [`${name} --iomem`, [name]],
  ]),
  ...['reboot', 'plan'].flatMap((name): readonly Line[] => [
    [`${name} --capture-kernel`, [name, ...linux]],
    [`${name} --capture-initrd`, [name, ...linux, '--capture-kernel', self]],
  ]),
  ['reboot --from', ['reboot', ...qemu, '--from-root', self]],
  ['reboot --from-root', ['reboot', ...qemu, '--from', image]],
  ...['prove', 'run'].flatMap((name): readonly Line[] => [
    [`${name} --kernel`, [name, plan]],
    [`${name} --initrd`, [name, plan, ...kernel]],
    [`${name} --dtb`, [name, plan, ...kernel]],
    [`${name} --iomem`, [name, plan]],
    [`${name} --capture-kernel`, [name, plan, '--machine', 'linux', ...kernel]],
    [`${name} --capture-initrd`, [name, plan, '--machine', 'linux', ...kernel, '--capture-kernel', self]],
    [`${name} plan`, [name]],
  ]),
  ['run --profile', ['run', plan]],
  ['diff before', ['diff']],
  ['diff after', ['diff', plan]],
  ['compare --from', ['compare']],
  ['doctor --from', ['doctor']],
  ['doctor --profile', ['doctor']],
  ['load --kernel', ['load', '--strategy', 'mmu-off']],
  ['load --initrd', ['load', ...kernel, '--strategy', 'mmu-off']],
  ['load --dtb', ['load', ...kernel, '--strategy', 'mmu-off']],
  ['load --capture-kernel', ['load', ...kernel, '--strategy', 'mmu-off']],
  ['load --capture-initrd', ['load', ...kernel, '--strategy', 'mmu-off', '--capture-kernel', self]],
  ['load --plan', ['load', ...kernel]],
  ['fleet plan --inventory', ['fleet', 'plan', ...real, '--append', 'quiet', '--policy', policy, '--agent', self]],
  ['fleet plan --policy', ['fleet', 'plan', ...real, '--append', 'quiet', '--inventory', inventory]],
  ['timeline log', ['timeline']],
  ['explain --file', ['explain']],
  ['explain --iomem', ['explain', 'quiet']],
  ['explain --log', ['explain', 'quiet']],
  ['memory map', ['memory']],
  ['estimate --kernel', ['estimate']],
  ['estimate --initrd', ['estimate', ...kernel]],
  ['estimate --iomem', ['estimate']],
  ['image file', ['image']],
  ['dtb show file', ['dtb', 'show']],
  ['dtb get file', ['dtb', 'get']],
  ['dtb set file', ['dtb', 'set']],
  ['dtb delete file', ['dtb', 'delete']],
  ['dtb diff before', ['dtb', 'diff']],
  ['dtb overlay base', ['dtb', 'overlay']],
  ['dtb check file', ['dtb', 'check']],
  ['disasm file', ['disasm']],
  ['tables build --iomem', ['tables', 'build', '--identity']],
  ['tables walk dump', ['tables', 'walk']],
  ['tables list dump', ['tables', 'list']],
  ['tables check dump', ['tables', 'check']],
  ['tables check --iomem', ['tables', 'check', self]],
];

/** What commands need behind the file. */
const behind: Readonly<Record<string, readonly string[]>> = {
  'diff before': [plan],
  'dtb get file': ['/', 'model'],
  'dtb set file': ['/', 'model', '"a"', '--output', join(plan, '../new.dtb')],
  'dtb delete file': ['/chosen', '--output', join(plan, '../new.dtb')],
  'dtb diff before': [self],
  'dtb overlay base': [self, '--output', join(plan, '../new.dtb')],
  'tables walk dump': ['0'],
};

test.each(READ_LATER)('what workers read again is a file: fleet plan %s', async (option) => {
  const files = ['--inventory', inventory, '--policy', policy, ...(option === '--kernel' ? [] : real)];
  const { code, err } = await kexeckitHere(['fleet', 'plan', ...files, '--append', 'quiet', option, '-']);
  expect(err).toContain(`${option} - is standard input, which no worker can read later`);
  expect(code).toBe(2);
});

describe('- is standard input for', () => {
  test.each(lines)('%s', async (what, before) => {
    let isOpen = false;
    const option = what.split(' ').at(-1) ?? '';
    const name = option.startsWith('--') ? [option] : [];
    const args = [...before, ...name, '-', ...(behind[what] ?? [])];
    const { code, err } = await kexeckitHere(args, undefined, () => {
      isOpen = true;
      return Readable.from([]);
    });
    expect(isOpen, err).toBe(true);
    expect(err).not.toMatch(/bug/);
    // An empty line is one.
    if (what !== 'explain --file') expect(code).not.toBe(0);
  });

  test('every option that names a file', () => {
    const all = commands.flatMap((command) =>
      'verbs' in command ? command.verbs.map((verb) => ({ ...verb, name: `${command.name} ${verb.name}` })) : [command],
    );
    const options = all.flatMap(({ name, options }) =>
      Object.entries(options).flatMap(([key, option]) =>
        'value' in option && option.value === '<file>' ? [`${name} ${longName(key)}`] : [],
      ),
    );
    const later = READ_LATER.map((name) => `fleet plan ${name}`);
    const read = options.filter(
      (option) => !later.includes(option) && !NOT_READ.some((name) => option.endsWith(` ${name}`)),
    );
    expect(
      lines
        .map(([what]) => what)
        .filter((what) => what.includes('--'))
        .toSorted(),
    ).toEqual(read.toSorted());
  });
});

test('for one of them alone', async () => {
  const args = ['compare', '--kernel', '-', '--initrd', '-'];
  const { code, err } = await kexeckitHere(args, undefined, () => Readable.from([Buffer.from('kernel')]));
  expect(err).toBe('kexeckit: --initrd is standard input, which --kernel has read; give a file for one of both\n');
  expect(code).toBe(2);
});
