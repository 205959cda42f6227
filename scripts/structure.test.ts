import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findEscapes } from './structure/escapes.mjs';
import { findProblems } from './structure/limits.mjs';
import { measureFile, spread } from './structure/measure.mjs';
import { plainErrors } from './structure/plain-errors.mjs';
import { namesStrategy } from './structure/strategies.mjs';
import { isTestFile, sourceFiles } from './structure/syntax.mjs';
import { CopyOfTree, root } from './testing/copy-of-tree.ts';

let copy: CopyOfTree;

beforeAll(() => {
  copy = new CopyOfTree();
});

afterEach(() => copy.restore());

afterAll(() => copy.remove());

const ROUTES = 'packages/linux/src/machine/routes/';

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

  test.each([
    ['import types', "export type Ring = import('./index.ts').FdtNode;", "has import('…').Type"],
    [
      'the name of the package',
      "export type { FdtNode } from '@kexeckit/fdt';",
      'imports @kexeckit/fdt, its own package',
    ],
    ['a subpath of the package', "import '@kexeckit/fdt/package.json';", 'its own package'],
    ['a name of package.json', "import '#tree';", 'is not the name of a package'],
    ['code as data', "import 'data:text/javascript,1';", 'is not the name of a package'],
    ['what is built', "import '../dist/index.js';", 'is no file in packages/fdt/src'],
    ['a text that is not there', "import './nowhere.txt?raw';", 'is no file in packages/fdt/src'],
    ['the name of what is built', "import './index.js';", 'is no file in packages/fdt/src'],
    ['what belongs to the tests', "import './testing/blob.ts';", 'belongs to the tests'],
    ['a template', 'export const a: Promise<unknown> = import(`./index.ts`);', 'imports what it computes'],
    ['pieces', "export const a: Promise<unknown> = import(['./index', 'ts'].join('.'));", 'imports what it computes'],
    ['a search of files', "export const a: unknown = import.meta.glob('./*.ts');", 'import.meta.glob'],
    ['@import of JSDoc', "/** @import { FdtNode } from './index.ts' */", 'imports in a comment'],
    ['a type of JSDoc', "/** @type {import('./index.ts').FdtNode} */", 'imports in a comment'],
    ['a reference', '/// <reference path="./index.ts" />', 'imports in a comment'],
  ])('one through %s cannot hide: it is refused', (_, text, message) => {
    copy.write('packages/fdt/src/ring.ts', `${text}\n`);
    expect(findEscapes(copy.folder, 'packages/fdt/src/ring.ts')).toEqual([expect.stringContaining(message)]);
  });

  test('the check refuses it, too', () => {
    copy.write('packages/fdt/src/ring.ts', "export type { FdtNode } from '@kexeckit/fdt';\n");
    const { status, output } = copy.run('node', 'scripts/structure.mjs', '--check');
    expect(output).toContain('packages/fdt/src/ring.ts:1 imports @kexeckit/fdt');
    expect(status).toBe(1);
  });
});

describe('plain errors', () => {
  test.each([
    ['new', "throw new Error('x');", ['Error']],
    ['called', "throw TypeError('x');", ['TypeError']],
    ['under another name', 'export const Fault = Error;', ['Error']],
    ['of the global object', "throw new globalThis.Error('x');", ['globalThis.Error']],
    ['in a list', 'export const all = [Error];', ['Error']],
    ['in short', 'export const all = { Error };', ['Error']],
    ['cast', 'export const all = RangeError as unknown;', ['RangeError']],
    ['extended without the shape', 'export class Own extends Error { readonly code = 1; }', ['Error']],
    ['as types', 'export const f = (error: Error, type: typeof RangeError): Error => error;', []],
    ['asked for', 'export const f = (error: unknown) => error instanceof TypeError;', []],
    ['of another thing', 'export const f = (a: { Error: 1 }) => a.Error;', []],
    ['extended with the shape', 'export class Own extends Error { name = "Own"; code = 1; hint = 2; }', []],
  ])('%s', (_, text, expected) => {
    copy.write('packages/fdt/src/a.ts', text);
    const found = plainErrors(copy.folder, 'packages/fdt/src/a.ts');
    expect(found).toEqual(expected.map((name) => `packages/fdt/src/a.ts:1 ${name}`));
  });
});

/** A function of so many lines. */
const functionOf = (lines: number, name = 'long') =>
  `export function ${name}(): void {\n${'  //\n'.repeat(lines - 2)}}\n`;

/** What is wrong with a file of this text. */
function problemsOf(file: string, text: string): string[] {
  copy.write(file, text);
  return [...findProblems([measureFile(copy.folder, file)], []), ...findEscapes(copy.folder, file)];
}

describe('lengths', () => {
  test('are within the limits, and the list of exceptions is exact', () => {
    expect(copy.run('node', 'scripts/structure.mjs', '--check')).toEqual({ status: 0, stdout: '', output: '' });
  });

  test.each([
    ['a function', functionOf(71), 'long has 71 lines, more than 70'],
    ['a method', `export class Box {\n${functionOf(71).slice('export function '.length)}}\n`, 'Box.long has 71 lines'],
    ['an arrow', `export const long = () => {\n${'  //\n'.repeat(69)}};\n`, 'long has 71 lines'],
    ['a callback', `[1].map(() => {\n${'  //\n'.repeat(69)}});\n`, '(callback) has 71 lines'],
    ['a callback in a field', `export class A {\n  a = () => {\n${'  //\n'.repeat(69)}};\n}\n`, 'A.a has 71 lines'],
    ['a getter', `export class A {\n  get a() {\n${'  //\n'.repeat(69)}}\n}\n`, 'A.get a has 71 lines'],
    ['a static block', `export class A {\n  static {\n${'  //\n'.repeat(69)}}\n}\n`, 'A.static has 71 lines'],
    ['a loop of the module', `for (;;) {\n${'  //\n'.repeat(69)}}\n`, '(top level) has 71 lines'],
    ['statements of the module', "'a'.at();\n".repeat(71), '(top level) has 71 lines'],
    ['a computed constant', `const a = Object.keys({\n${'  //\n'.repeat(69)}});\n`, 'a has 71 lines'],
    ['a file', '//\n'.repeat(501), 'long.ts has 501 lines, more than 500'],
    ['a line', `export const a = ${'1 + '.repeat(40)} 1;\n`, 'is a line of 180 characters'],
    ['a line with templates', `export const a = [${'`x$'.concat('{1}`,').repeat(100)}];\n`, 'is a line of'],
    ['a line that is not formatted', '// biome-ignore format: by hand\n', 'turns a rule off'],
  ])('%s that is too long fails the check', (_, text, message) => {
    expect(problemsOf('packages/fdt/src/long.ts', text)).toContainEqual(expect.stringContaining(message));
  });

  test('the check tells', () => {
    copy.write('packages/fdt/src/long.ts', functionOf(71));
    copy.write('packages/fdt/src/testing/long.tsx', functionOf(71));
    copy.write('packages/fdt/src/long.test.ts', functionOf(600));
    const { status, output } = copy.run('node', 'scripts/structure.mjs', '--check');
    expect(output).toBe(
      'packages/fdt/src/long.ts:1 long has 71 lines, more than 70: split it\n' +
        'packages/fdt/src/testing/long.tsx:1 long has 71 lines, more than 70: split it\n',
    );
    expect(status).toBe(1);
  });

  test.each(['mts', 'cts', 'mjs', 'js', 'jsx'])('there is no .%s in src', (ending) => {
    copy.write(`packages/fdt/src/a.${ending}`, '//\n');
    expect(sourceFiles(copy.folder)).toContain(`packages/fdt/src/a.${ending}`);
    const says = expect.stringContaining(`packages/fdt/src/a.${ending} is neither .ts nor .tsx`);
    expect(findEscapes(copy.folder, `packages/fdt/src/a.${ending}`)).toEqual([says]);
  });

  test('what is just as long as it may be passes, and so does data', () => {
    const data = `export const data = [\n${"  'a',\n".repeat(78)}] as const;\n`;
    const line = `export const line = '${'a'.repeat(400)}';\n`;
    const loop = `for (;;) {\n${'  //\n'.repeat(68)}}\n`;
    const text = functionOf(70) + data + line + loop + '//\n'.repeat(279);
    expect(problemsOf('packages/fdt/src/long.ts', text)).toEqual([]);
    expect(text.match(/\n/g)).toHaveLength(500);
  });
});

interface Exception {
  readonly file: string;
  readonly function?: string;
  readonly lines: number;
  readonly reason: string;
}

test('what is thrown is an error', () => {
  copy.write('packages/fdt/src/a.ts', "throw 'x';\n");
  const { status, output } = copy.run('biome', 'lint', '--only=style/useThrowOnlyError', 'packages/fdt/src/a.ts');
  expect(output).toContain('useThrowOnlyError');
  expect(status).toBe(1);
});

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
    ["export const a = 'kexeckit,crash-region';", false],
    ["export const a = 'load in place: strategy reserved or another';", true],
    ["export const a = 'the region is reserved; which strategy?';", false],
    ["export const a = 'with crash-region nothing moves';", true],
    ['export const a = `not \\`mmu-off\\`: `;', true],
    ['export const a = /^mmu-on$/;', true],
  ])('%s: names a strategy: %s', (text, expected) => {
    copy.write('packages/fdt/src/a.ts', text);
    expect(namesStrategy(copy.folder, 'packages/fdt/src/a.ts')).toBe(expected);
  });

  test('only the records of the strategies name one, and the routes of a host, each of which is for one', () => {
    const files = sourceFiles(root).filter((file) => !isTestFile(file) && !file.startsWith(ROUTES));
    expect(files.filter((file) => namesStrategy(root, file))).toEqual(['packages/relocation/src/strategies.ts']);
  });

  test('are printed', () => {
    const { status, output } = copy.run('node', 'scripts/structure.mjs');
    expect(output).toMatch(/^file +\d+ +\d+ +\d+ {2}\S+\.tsx?$/m);
    expect(output).toMatch(/^function +\d+ +\d+ +\d+ {2}\S+ in \S+\.tsx?$/m);
    expect(output).toMatch(/^files that name a strategy: \d+ in src, \d+ in tests$/m);
    expect(status).toBe(0);
  });
});
