import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kexeckitHere, testFolder } from './kexeckit.ts';

const folder = testFolder();

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const RAM = '40000000-ffffffff : System RAM\n  40210000-415fffff : Kernel code\n  41600000-41cfffff : Kernel data\n';
const x86 = fileOf('x86', `00001000-0009fbff : System RAM\n000c0000-000c99ff : Video ROM\n${RAM}`);

/** Commands that place something on a map. */
const onMap: readonly (readonly string[])[] = [
  ['reboot', '--strategy', 'mmu-on', '--iomem'],
  ['plan', '--iomem'],
  ['compare', '--iomem'],
  ['estimate', '--iomem'],
  ['tables', 'build', '--identity', '--iomem'],
];

describe.each(onMap.map((args) => [args.join(' '), args] as const))('%s', (_, args) => {
  test.each([
    ['x86', x86, /the map is of an x86 machine \(it has "Video ROM"\), .*; give the map of an arm64 machine/],
    ['cut', fileOf('cut', `${RAM}00000001000`), /cut: line 4: not "start-end : name": "00000001000"; .*/],
    ['out of order', fileOf('order', `${RAM}00000000-0fffffff : System RAM\n`), /order: line 4: overlaps or precedes/],
    ['empty', fileOf('empty', ''), /--iomem .*empty is empty; is it the right file\?/],
    ['hidden', fileOf('hidden', '00000000-00000000 : System RAM\n'), /every address in .* is zero.*; read .* as root/],
  ])('a map that is %s is refused in one line', async (_, path, message) => {
    const { code, out, err } = await kexeckitHere([...args, path]);
    expect(err).toMatch(message);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect([code, out]).toEqual([2, '']);
  });
});

test('a program is told by the code that a map is hidden', async () => {
  const { out } = await kexeckitHere([
    'plan',
    '--json',
    '--iomem',
    fileOf('zeros', '00000000-00000000 : System RAM\n'),
  ]);
  expect(JSON.parse(out)).toMatchObject({ error: { kind: 'usage', code: 'EPERM' } });
});
