import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { skipWithout, whyNoProgram } from '@kexeckit/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { commands } from '../src/commands/index.ts';
import { manualPages } from '../src/reference/manual.ts';
import { outlineOf } from '../src/reference/outline.ts';
import { testFolder } from './kexeckit.ts';

const folder = testFolder();
const words = outlineOf(commands);
const pages = manualPages(words, { version: '1.2.3', date: '2026-01-02' }).map(({ name, text }) => {
  const path = join(folder, `${name}.1`);
  writeFileSync(path, text);
  return { name, path };
});

/** Bold is a letter that is struck twice. */
const OVERSTRUCK = new RegExp(`.${String.fromCharCode(8)}`, 'g');

/** A page as people see it, its blanks made one. */
const shown = (path: string): string =>
  execFileSync('mandoc', ['-T', 'utf8', '-O', 'width=200', path], { encoding: 'utf8' })
    .replaceAll(OVERSTRUCK, '')
    .replaceAll(/\s+/g, ' ');

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');

describe('manual pages', () => {
  beforeEach((ctx) => skipWithout(ctx, whyNoProgram('mandoc')));

  test('there is one for the command and one for each of its commands', () => {
    expect(pages.map(({ name }) => name)).toEqual(['kexeckit', ...words.map(({ name }) => `kexeckit-${name}`)]);
  });

  test('mandoc has nothing to say of any of them', () => {
    const paths = pages.map(({ path }) => path);
    expect(execFileSync('mandoc', ['-T', 'lint', '-W', 'warning', ...paths], { encoding: 'utf8' })).toBe('');
  });

  test.each(words)(
    '$name: every option, argument and example stands there as it is written',
    ({ name, commands: all }) => {
      const text = shown(join(folder, `kexeckit-${name}.1`));
      for (const { options, args, examples } of all) {
        for (const option of options) expect(text).toContain(`${option.name}${option.value === undefined ? '' : ' '}`);
        for (const option of options) expect(text).toContain(oneLine(option.summary));
        for (const arg of args) expect(text).toContain(oneLine(arg.summary));
        for (const { line } of examples) expect(text).toContain(oneLine(line));
      }
      expect(text).toContain('kexeckit 1.2.3');
      expect(text).toContain('2026-01-02');
    },
  );

  test('the first page names all commands and all variables', () => {
    const text = shown(join(folder, 'kexeckit.1'));
    for (const { name, summary } of words) {
      expect(text).toContain(`kexeckit-${name}(1)`);
      expect(text).toContain(summary);
    }
    for (const variable of ['COLUMNS', 'KEXECKIT_DEBUG', 'NO_COLOR', 'TMPDIR']) expect(text).toContain(variable);
  });
});
