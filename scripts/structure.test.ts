import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findProblems } from './structure/limits.mjs';
import { measureFile, spread } from './structure/measure.mjs';
import { namesStrategy } from './structure/strategies.mjs';
import { isTestFile, sourceFiles } from './structure/syntax.mjs';
import { CopyOfTree, root } from './testing/copy-of-tree.ts';

let copy: CopyOfTree;

beforeAll(() => {
  copy = new CopyOfTree();
});

afterEach(() => copy.restore());

afterAll(() => copy.remove());

describe('import cycles', () => {
  const lint = (...files: string[]) => copy.run('biome', 'lint', '--only=suspicious/noImportCycles', ...files);

  test('there are none', () => {
    const { status, output } = copy.run('biome', 'lint', '--only=suspicious/noImportCycles', '.');
    expect(output).not.toContain('noImportCycles');
    expect(status).toBe(0);
  });

  test.each([
    ['of values', "import { b } from './b.ts';\nexport const a: () => unknown = () => b;\n"],
    ['of types', "import type { b } from './b.ts';\nexport const a: typeof b | undefined = undefined;\n"],
    ['of types among values', "import { type b } from './b.ts';\nexport const a: typeof b | undefined = undefined;\n"],
    ['of exports of types', "export type { b } from './b.ts';\nexport const a = 1;\n"],
    ['of what is loaded later', "export const a: () => Promise<unknown> = () => import('./b.ts');\n"],
  ])('one %s is found, over three files', (_, text) => {
    copy.write('packages/fdt/src/ring/a.ts', text);
    copy.write('packages/fdt/src/ring/b.ts', "export { c as b } from './c.ts';\n");
    copy.write('packages/fdt/src/ring/c.ts', "import type { a } from './a.ts';\n\nexport const c: typeof a | 1 = 1;\n");
    const { status, output } = lint('packages/fdt/src/ring');
    expect(output.match(/noImportCycles/g)).toHaveLength(3);
    expect(status).toBe(1);
  });

  test('one through import types cannot hide from it: they are refused', () => {
    copy.write('packages/fdt/src/ring.ts', "export type Ring = import('./index.ts').FdtNode;\n");
    const { status, output } = copy.run('node', 'scripts/structure.mjs', '--check');
    expect(output).toMatch(/packages\/fdt\/src\/ring\.ts:1 has import\('…'\)\.Type/);
    expect(status).toBe(1);
  });
});

/** A function of so many lines. */
const functionOf = (lines: number, name = 'long') =>
  `export function ${name}(): void {\n${'  //\n'.repeat(lines - 2)}}\n`;

describe('lengths', () => {
  test('are within the limits, and the list of exceptions is exact', () => {
    expect(copy.run('node', 'scripts/structure.mjs', '--check')).toEqual({ status: 0, stdout: '', output: '' });
  });

  test.each([
    ['a function', functionOf(71), 'long has 71 lines, more than 70'],
    ['a method', `export class Box {\n${functionOf(71).slice('export function '.length)}}\n`, 'Box.long has 71 lines'],
    ['an arrow', `export const long = () => {\n${'  //\n'.repeat(69)}};\n`, 'long has 71 lines'],
    ['a callback', `[1].map(() => {\n${'  //\n'.repeat(69)}});\n`, '(callback) has 71 lines'],
    ['a file', '//\n'.repeat(501), 'long.ts has 501 lines, more than 500'],
  ])('%s that is too long fails the check', (_, text, message) => {
    copy.write('packages/fdt/src/long.ts', text);
    const { status, output } = copy.run('node', 'scripts/structure.mjs', '--check');
    expect(output).toContain(message);
    expect(status).toBe(1);
  });

  test('what is just as long as it may be passes, and so do tests', () => {
    copy.write('packages/fdt/src/long.ts', functionOf(70) + '//\n'.repeat(430));
    copy.write('packages/fdt/src/long.test.ts', functionOf(600));
    copy.write('packages/fdt/src/testing/long.ts', functionOf(600));
    expect(copy.run('node', 'scripts/structure.mjs', '--check').output).not.toContain('packages/fdt/src/');
  });
});

interface Exception {
  readonly file: string;
  readonly function?: string;
  readonly lines: number;
  readonly reason: string;
}

describe('the list of exceptions', () => {
  const problems = (lines: number, ...exceptions: Exception[]): string[] => {
    copy.write('packages/fdt/src/long.ts', functionOf(lines));
    return findProblems([measureFile(copy.folder, 'packages/fdt/src/long.ts')], exceptions);
  };
  const entry = { file: 'packages/fdt/src/long.ts', function: 'long', lines: 80, reason: 'generated' };

  test('allows exactly so many lines', () => {
    expect(problems(80, entry)).toEqual([]);
    expect(problems(80)).toEqual([expect.stringContaining('split it')]);
  });

  test('fails when what it lists grew', () => {
    expect(problems(81, entry)).toEqual([expect.stringContaining('grew from 80 to 81 lines')]);
  });

  test('fails when it could be lowered and was not', () => {
    expect(problems(79, entry)).toEqual([expect.stringContaining('lower its entry')]);
  });

  test('fails when an entry is needed no more', () => {
    expect(problems(70, entry)).toEqual([expect.stringContaining('remove its entry')]);
    expect(problems(80, entry, { ...entry, function: 'gone' })).toEqual([expect.stringContaining('remove its entry')]);
  });

  test('wants a reason', () => {
    expect(problems(80, { ...entry, reason: '' })).toEqual([expect.stringContaining('has no reason')]);
  });
});

describe('the figures', () => {
  test('are the smallest value that so large a share does not exceed', () => {
    expect(spread([1, 2, 3, 4, 5, 6, 7, 8, 9, 100])).toEqual({ median: 5, p90: 9, max: 100 });
    expect(spread([7])).toEqual({ median: 7, p90: 7, max: 7 });
    expect(spread([])).toEqual({ median: 0, p90: 0, max: 0 });
  });

  test.each([
    ["export const a = 'mmu-on';", true],
    ["export const a = { 'mmu-off': 1 };", true],
    ["export const a = (strategy: string) => strategy === 'reserved';", true],
    ["export const a = { name: 'reserved', flags: 1 };", false],
    ["export const a = 'copy-mmu-on'; // 'mmu-on'", false],
  ])('%s: names a strategy: %s', (text, expected) => {
    copy.write('packages/fdt/src/a.ts', text);
    expect(namesStrategy(copy.folder, 'packages/fdt/src/a.ts')).toBe(expected);
  });

  test('the applications name no strategy', () => {
    const files = sourceFiles(root, ['apps']).filter((file) => !isTestFile(file));
    expect(files.filter((file) => namesStrategy(root, file))).toEqual([]);
  });

  test('are printed', () => {
    const { status, output } = copy.run('node', 'scripts/structure.mjs');
    expect(output).toMatch(/^file +\d+ +\d+ +\d+ {2}\S+\.tsx?$/m);
    expect(output).toMatch(/^function +\d+ +\d+ +\d+ {2}\S+ in \S+\.tsx?$/m);
    expect(output).toMatch(/^files that name a strategy: \d+ in src, \d+ in tests$/m);
    expect(status).toBe(0);
  });
});
