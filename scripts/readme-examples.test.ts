import { afterAll, beforeAll, expect, test } from 'vitest';
import { CopyOfTree } from './testing/copy-of-tree.ts';
import { examples } from './testing/readme.ts';

/** Each example as a file of its package, so that its own name and its dependencies resolve as a reader's would. */
const files = examples().map((example, at) => ({ ...example, file: `${example.member}/readme-example-${at}` }));

/** The options of a reader who asks for no more than `strict`. */
const readersOptions = {
  strict: true,
  module: 'nodenext',
  target: 'es2023',
  lib: ['es2023'],
  types: ['node'],
  skipLibCheck: false,
};

let copy: CopyOfTree;
let compiled: string;

beforeAll(() => {
  copy = new CopyOfTree();
  for (const { file, code } of files) copy.write(`${file}.ts`, code);
  const include = files.map(({ file }) => `${file}.ts`);
  copy.write('tsconfig.readme.json', JSON.stringify({ compilerOptions: readersOptions, files: include }));
  compiled = copy.run('tsc', '-p', 'tsconfig.readme.json', '--pretty', 'false').output;
});

afterAll(() => copy.remove());

test('most packages have an example that prints', () => {
  const printing = files.filter(({ runs, code }) => runs && /^console\.log/m.test(code));
  expect(new Set(printing.map(({ member }) => member)).size).toBeGreaterThanOrEqual(5);
});

test.each(files)('$name compiles for a reader: strict, nodenext', ({ file }) => {
  const errors = compiled.split('\n').filter((line) => line.startsWith(`${file}.ts`));
  expect(errors).toEqual([]);
});

test('what the packages declare compiles for a reader', () => {
  const errors = compiled.split('\n').filter((line) => /error TS/.test(line) && !line.includes('readme-example-'));
  expect(errors).toEqual([]);
});

test.each(files.filter(({ runs }) => runs))('$name runs, and prints what it says', ({ file, code }) => {
  const { status, stdout, output } = copy.run('node', `${file}.js`);
  expect(output, 'it fails').toEqual(stdout);
  expect(status).toBe(0);
  const promised = [...code.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1]);
  expect(stdout.trimEnd().split('\n')).toEqual(promised.length > 0 ? promised : ['']);
});
