import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateWorkload } from '@kexeckit/reboot';
import { describe, expect, test } from 'vitest';
import { namesOf, options } from '../src/kexec/options.ts';
import { noKernels, refusedLines } from './kexec-lines.ts';
import { kexeckit, kexeckitHere, main, testFolder } from './kexeckit.ts';

const folder = testFolder();
mkdirSync(join(folder, 'folder'));
writeFileSync(join(folder, 'Image'), generateWorkload(100_000, 1000, 1).kernel);
for (const [name, content] of Object.entries(noKernels)) writeFileSync(join(folder, name), content);

const here = (args: string) =>
  kexeckitHere([
    'kexec',
    ...args
      .split(' ')
      .filter((arg) => arg !== '')
      .map((arg) => arg.replaceAll('{}', folder)),
  ]);

describe('what makes no sense is refused by name, with exit code 1', () => {
  test.each(refusedLines)('kexec $args', async ({ args, says }) => {
    const { code, out, err } = await here(args);
    expect(err.replace(/\s+/g, ' ')).toMatch(says);
    expect([code, out]).toEqual([1, '']);
  });

  test('two kernels, and a word that is nearly an option', async () => {
    expect(await here('-l {}/Image more')).toMatchObject({ code: 1, err: expect.stringMatching(/two kernels/) });
    expect(await here('--relaod')).toMatchObject({ code: 1 });
    expect((await here('--unlod')).err).toBe(
      "kexec: unrecognized option '--unlod'; did you mean --unload?\nkexec -h shows every option\n",
    );
  });

  test('an option of another command is none of its own', async () => {
    expect(await here('--json')).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/unrecognized option/) });
  });
});

describe('what is asked for goes to standard output', () => {
  test('the version, and the help with every option that there is', async () => {
    const { version } = JSON.parse(readFileSync(join(main, '../../package.json'), 'utf8'));
    for (const args of ['-v', '--vers', '-l -v --bogus'])
      expect(await here(args)).toEqual({ code: 0, out: `kexeckit ${version}\n`, err: '' });
    const { code, out, err } = await here('-h');
    expect([code, err]).toEqual([0, '']);
    for (const option of options)
      expect(out.includes(`${namesOf(option)}\n`) || out.includes(`${namesOf(option)} `), namesOf(option)).toBe(
        !('refused' in option.effect),
      );
  });

  test('help that was not asked for goes to standard error', async () => {
    const asked = await here('-h');
    expect(await here('-?')).toEqual({ code: 1, out: '', err: asked.out });
  });

  test('kexeckit help says that there is such a command', async () => {
    expect((await kexeckitHere(['help', 'kexec'])).out).toMatch(/--reuse-cmdline.*kexeckit kexec -e/s);
  });
});

describe('as a program', () => {
  const link = join(folder, 'kexec');
  symlinkSync(main, link);
  const asKexec = (...args: readonly string[]): Promise<{ code: number; out: string; err: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, [link, ...args], (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code), out, err }),
      );
    });

  test('a link of the name kexec takes its options', async () => {
    expect(await asKexec('-l')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('No kernel specified'),
    });
    expect((await asKexec('--version')).out).toMatch(/^kexeckit \d/);
    expect(await asKexec('reboot', '-z')).toMatchObject({ code: 1, err: expect.stringContaining("'z'") });
    expect(await kexeckit('-l')).toMatchObject({ code: 2 });
  });
});

// What the README says of each option is what the table says.
test('the README has every option', () => {
  const readme = readFileSync(join(main, '../../README.md'), 'utf8');
  const rows = options.map((option) => `| \`${namesOf(option)}\` | ${verdictOf(option)} |`);
  const table = ['| option | here |', '|---|---|', ...rows].join('\n');
  expect(readme).toContain(`<!-- options of kexec-tools -->\n${table}\n<!-- end of options -->`);
});

function verdictOf({ effect, differs, value }: (typeof options)[number]): string {
  if ('refused' in effect)
    return `refused${value !== undefined && effect.unless !== undefined ? `, but for ${effect.unless}` : ''}: ${effect.refused}`;
  return differs === undefined ? 'same' : `differs: ${differs}`;
}
