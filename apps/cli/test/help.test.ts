import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../src/commands/index.ts';
import { outlineOf } from '../src/reference/outline.ts';
import { pageOf } from '../src/render/page.ts';
import { run } from '../src/run.ts';
import { kexeckitHere } from './kexeckit.ts';
import { expectFits } from './terminal.ts';

const FOLDER = join(import.meta.dirname, 'help');
/** Rows of a terminal of 50, without that of the prompt behind it. */
const SCREEN = 49;

const words = outlineOf(commands);
const told = words.flatMap((word) => word.commands);
/** The command itself, each of its commands, each verb, and the families. */
const paths: readonly (readonly string[])[] = [
  [],
  ...words.filter(({ isFamily }) => isFamily).map(({ name }) => [name]),
  ...told.map(({ path }) => path),
];
const nameOf = (path: readonly string[]): string => ['kexeckit', ...path].join('-');

/** What a terminal of so many columns shows. */
async function helpOn(columns: number, ...args: readonly string[]): Promise<string> {
  const page = pageOf({ isTTY: true, columns }, { LC_ALL: 'C.UTF-8', NO_COLOR: '1' });
  let shown = '';
  const out = (text: string): void => {
    shown += text;
  };
  expect(await run(args, { out, err: out, page, errPage: page, isTerminal: true })).toBe(0);
  return shown;
}

/** What stays in one piece: a usage line, and command lines to be copied. */
const pieces = (text: string): string[] =>
  text.split('\n').filter((line) => /^(Usage:|Usage: kexec|kexeckit|ln|source) |^ {2}(kexeckit|source|ln) /.test(line));

describe('--help', () => {
  test.for(paths.map((path) => [nameOf(path), path] as const))('%s', async ([name, path]) => {
    const text = (await helpOn(80, ...path, '--help')).replace(/^kexeckit \d+\.\d+\.\d+.*$/m, 'kexeckit VERSION');
    await expect(text).toMatchFileSnapshot(join(FOLDER, `${name}.txt`));
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(SCREEN);
    expectFits(text, 80, pieces(text));
    const narrow = await helpOn(60, ...path, '--help');
    expectFits(narrow, 60, pieces(narrow));
    expect((await kexeckitHere([...path, '--help'])).out).toMatch(/^[\n -~]*$/);
  });

  test('there is no file of a command that there is not', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(paths.map((path) => `${nameOf(path)}.txt`).sort());
  });

  test.for(told.map(({ path, options }) => [path.join(' '), path, options] as const))(
    '%s: every option is told or named',
    async ([, path, options]) => {
      if (path[0] === 'kexec') return;
      const [text, all] = [await helpOn(80, ...path, '--help'), await helpOn(80, 'help', ...path)];
      for (const { name } of options) {
        expect(text).toMatch(new RegExp(`${name}(?![\\w-])`));
        expect(all).toMatch(new RegExp(`^ +(-h, )?${name}(?![\\w-])`, 'm'));
      }
    },
  );
});

test('help COMMAND tells what --help only names, and the lists', async () => {
  const [some, all] = [await helpOn(80, 'reboot', '--help'), await helpOn(80, 'help', 'reboot')];
  for (const part of [/^Machines:$/m, /^Strategies:$/m, /^ {2}--seed <number> {2}/m, /^For a panic until then:$/m]) {
    expect(some).not.toMatch(part);
    expect(all).toMatch(part);
  }
  expect(some).toContain('kexeckit help reboot tells what each option does');
  expect(all).not.toContain('More options:');
});
