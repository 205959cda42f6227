import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneFile, type Piece } from './one-file.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kexeckit-one-file-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

const piece = (fileName: string, code: string): Piece => ({ fileName, code, isEntry: fileName === 'main.js' });

/** What Node prints that runs these pieces as one file of this name. */
function run(pieces: readonly Piece[], name: string = 'one.js'): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, oneFile(pieces));
  return execFileSync(process.execPath, [path, 'an argument'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

const two = [
  piece('main.js', '#!/usr/bin/env node\nconsole.log(require("./other.js").sum, process.argv[2]);'),
  piece('other.js', 'exports.sum = 20 + 22;'),
];

describe('one file', () => {
  test.each(['one.js', 'one.cjs', 'one.mjs', 'kexeckit', 'with blanks, and a comma.js', "it's.js"])(
    'runs as %s',
    (name) => {
      expect(run(two, name)).toBe('42 an argument\n');
    },
  );

  test('runs where a manifest says that all are ES modules, and where it says that all are not', () => {
    for (const type of ['module', 'commonjs']) {
      mkdirSync(join(folder, type));
      writeFileSync(join(folder, type, 'package.json'), JSON.stringify({ type }));
      expect(run(two, `${type}/one.js`)).toBe('42 an argument\n');
    }
  });

  test.each([
    ['the end of a comment', 'console.log("a */ b", /x*/.test("x"), /*c*/ 1)', 'a */ b true 1\n'],
    ['what stands for it', 'console.log("#@002f *#@002f */ #")', '#@002f *#@002f */ #\n'],
    ['letters beyond ASCII', 'console.log(`ü≥\u{1f600}`.length, "≥\\u0000".codePointAt(0))', '4 8805\n'],
    ['several lines', 'console.log(`a\n\tb\r`.length)', '5\n'],
  ])('takes %s as it is', (_, code, printed) => {
    expect(run([piece('main.js', code)])).toBe(printed);
  });

  test('is ASCII, whatever its pieces are', () => {
    expect(oneFile([piece('main.js', '"≥ü\0"')])).toMatch(/^[\n\x20-\x7e]*$/);
  });

  test('compiles no piece that nobody needs, and each once', () => {
    const main = 'require("./seen.js"); require("./seen.js"); console.log(require("node:path").sep)';
    expect(run([piece('main.js', main), piece('seen.js', 'console.log("seen")'), piece('broken.js', '}')])).toBe(
      'seen\n/\n',
    );
  });

  test('finds what it lacks in packages beside it, and says what is not there', () => {
    const main = piece('main.js', 'console.log(require("beside").name); require("nowhere")');
    mkdirSync(join(folder, 'with/node_modules/beside'), { recursive: true });
    writeFileSync(join(folder, 'with/node_modules/beside/index.js'), 'console.log("loaded"); exports.name = "beside";');
    expect(() => run([main], 'with/one.js')).toThrow(/Cannot find module 'nowhere'[\s\S]*MODULE_NOT_FOUND/);
    expect(run([piece('main.js', 'console.log(require("beside").name)')], 'with/one.mjs')).toBe('loaded\nbeside\n');
    expect(() => run([main], 'without/one.js')).toThrow(/Cannot find module 'beside'/);
  });

  test('tells in which piece something failed', () => {
    expect(() => run([piece('main.js', 'require("./other.js")'), piece('other.js', '\nnull.x')])).toThrow(
      'kexeckit:other.js:2',
    );
  });

  test('needs a piece to begin with', () => {
    expect(() => oneFile([piece('other.js', '')])).toThrow(expect.objectContaining({ code: 'EIO' }));
  });
});
