import { DistributionError } from './error.ts';

/** A piece of a command that is compiled when it is needed: a CommonJS module. */
export interface Piece {
  /** What others call it in `require('./…')`. */
  readonly fileName: string;
  readonly code: string;
  /** Whether the command begins with it. */
  readonly isEntry: boolean;
}

/**
 * Runs a piece the first time that it is asked for; what is in no piece is looked for beside the file. Node takes the file as a CommonJS or
 * as an ES module, as its name and the nearest package.json say: so there is nothing in it that only one of the two has.
 */
const LOADER = `const loaded = new Map();
const outside = (name) => {
  const { createRequire } = process.getBuiltinModule('node:module');
  return createRequire(process.getBuiltinModule('node:fs').realpathSync(process.argv[1] ?? process.execPath))(name);
};
const need = (name) => {
  if (!Object.hasOwn(places, name)) return process.getBuiltinModule(name) ?? outside(name);
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  loaded.set(name, module);
  const code = text.slice(...places[name]).replace(/#@([0-9a-f]{4})/g, (_, unit) => String.fromCharCode(parseInt(unit, 16)));
  const filename = 'kexeckit:' + name.slice(2);
  compileFunction(code, ['exports', 'require', 'module'], { filename })(module.exports, need, module);
  return module.exports;
};`;

/**
 * Joins pieces to one file that runs the one that is the entry. All stand in a comment, which costs Node a tenth of what code or
 * a literal of that length would; a function knows its own text, comments and all.
 *
 * @throws DistributionError `EIO` for pieces without an entry.
 */
export function oneFile(pieces: readonly Piece[]): string {
  const entry = pieces.find(({ isEntry }) => isEntry);
  if (entry === undefined) throw new DistributionError('EIO', 'no piece is the entry', 'name one');
  const texts = pieces.map(({ code }) => commentOf(withoutFirstLine(code)));
  const before = '() => {/*';
  let at = before.length;
  const places = pieces.map(({ fileName }, index) => {
    const start = at;
    at += texts[index]?.length ?? 0;
    return `${JSON.stringify(`./${fileName}`)}: [${start}, ${at}]`;
  });
  return `#!/usr/bin/env node
'use strict';
(() => {
const { compileFunction } = process.getBuiltinModule('node:vm');
const places = { ${places.join(', ')} };
const text = String(${before}${texts.join('')}*/});
${LOADER}
need(${JSON.stringify(`./${entry.fileName}`)});
})();
`;
}

const withoutFirstLine = (code: string): string => code.replace(/^#!.*\n/, '');

/**
 * What can stand in a comment, and is nothing but ASCII: Node reads such a file as fast as it can. A unit that cannot stand there
 * is written as `#@` and its four hexadecimal digits.
 */
const commentOf = (code: string): string =>
  code.replaceAll(
    /(?<=\*)\/|#(?=@)|[^\n\x20-\x7e]/g,
    (unit) => `#@${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
