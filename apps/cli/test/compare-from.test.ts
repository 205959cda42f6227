import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generateWorkload } from '@kexeckit/reboot';
import { beforeAll, describe, expect, test } from 'vitest';
import { guest } from './guest-host.ts';
import { expectRefused, kexeckitHere, testFolder } from './kexeckit.ts';

const folder = testFolder();
const bundle = join(folder, 'host.tar');
const kernel = join(folder, 'Image');
const initrd = join(folder, 'initrd');

beforeAll(async () => {
  const root = join(folder, 'root');
  for (const [path, content] of Object.entries(guest)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  const files = generateWorkload(200_000, 100_000, 1);
  writeFileSync(kernel, files.kernel);
  writeFileSync(initrd, files.initrd);
  await kexeckitHere(['doctor', '--root', root, '--collect', bundle]);
}, 60_000);

describe('compare --from', () => {
  test('compares on the memory of the host, by its routes, without figures of another machine', async () => {
    const args = ['compare', '--from', bundle, '--kernel', kernel, '--initrd', initrd];
    const { code, out } = await kexeckitHere([...args, '--json']);
    expect(code).toBe(0);
    const { strategies, impossible, offers, default: byDefault } = JSON.parse(out);
    const names = (rows: { strategy: string }[]): string[] => rows.map(({ strategy }) => strategy);
    // It reserves nothing, and cannot be made to.
    expect(names(impossible)).toEqual(expect.arrayContaining(['reserved', 'crash-region']));
    expect(names(strategies)).toContain('mmu-on');
    expect(names(offers).toSorted()).toEqual(['crash-region', 'kernel', 'mmu-on', 'reserved']);
    expect(names(strategies)).toContain(byDefault);
    const text = await kexeckitHere([...args]);
    expect(text.out).not.toMatch(/stingray|modelled|published/i);
  }, 60_000);

  test.each([
    ['empty', '', /^kexeckit: --from .*empty is empty; check the path\n$/],
    ['no-tar', 'x'.repeat(5000), /^kexeckit: --from .*no-tar: the bundle is not a whole tar.*; give a file that/],
  ])('a file that is %s is refused by its name', async (name, content, message) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    for (const command of ['compare', 'doctor']) await expectRefused([command, '--from', path], message);
  });

  test.each(['--iomem', '--cpus', '--el'])('the host says it: %s', async (option) => {
    await expectRefused(['compare', '--from', bundle, option, '1'], new RegExp(`${option} beside --from .*; the host`));
  });
});
