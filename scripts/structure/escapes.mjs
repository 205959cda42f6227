// Forms that are refused because a rule could not see behind them: imports that the search for cycles does not follow,
// comments that turn a rule off, lines that only a switched-off formatter leaves so long.
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { isTestFile, lineCounter, parseFile, walk } from './syntax.mjs';

const LONGEST_LINE = 160;

/** Files that may import what they compute, and why. */
const COMPUTED_IMPORTS = new Map([
  ['tools/bench/src/load.ts', 'it loads the benchmarks of whichever packages have some'],
  ['tools/vectors/src/answerers.ts', 'it loads the answers of whichever packages have some'],
]);

/** Files of which a part is formatted by hand, and why. */
const FORMATTED_BY_HAND = new Map([
  ['packages/a64/src/alias-table.ts', 'a table is read down its columns'],
  ['packages/a64/src/instructions.ts', 'a table is read down its columns'],
  ['packages/a64/src/system.ts', 'a table is read down its columns'],
]);

/** What is refused in one file, one sentence each. */
export function findEscapes(root, file) {
  if (!/\.tsx?$/.test(file)) return [`${file} is neither .ts nor .tsx, which the rules are made for: rename it`];
  const parsed = parseFile(root, file);
  const lineAt = lineCounter(parsed.text);
  const places = [...escapesInCode(root, parsed), ...escapesInComments(parsed)];
  const said = places.map(({ at, says }) => ({ line: lineAt(at), says }));
  return [...said, ...longLines(parsed)].map(({ line, says }) => `${file}:${line} ${says}`);
}

function escapesInCode(root, { file, program }) {
  const found = [];
  walk(program, (node) => {
    const says = refusedImport(root, file, node);
    if (says !== undefined) found.push({ at: node.start, says });
  });
  return found;
}

function refusedImport(root, file, node) {
  if (node.type === 'TSImportType') {
    return "has import('…').Type, which the search for import cycles does not follow: import the type above";
  }
  if (node.type === 'MemberExpression' && node.object.type === 'MetaProperty' && node.property.name === 'glob') {
    return 'has import.meta.glob, which the search for import cycles does not follow: import each file';
  }
  if (!/^(Import|Export).*(Declaration|Expression)$/.test(node.type) || !node.source) return undefined;
  if (node.source.type === 'Literal') return refusedSource(root, file, node.source.value);
  if (COMPUTED_IMPORTS.has(file)) return undefined;
  return 'imports what it computes, which no rule can follow: write the name as a plain string';
}

/** What is wrong with importing `source`: relative imports name a file of the same `src`, others another package. */
function refusedSource(root, file, source) {
  const [group, member] = file.split('/');
  const home = `${group}/${member}`;
  if (!source.startsWith('.')) {
    const { name } = JSON.parse(readFileSync(join(root, home, 'package.json'), 'utf8'));
    const isPackage = source.startsWith('node:') || /^[@a-z][^:]*$/.test(source);
    if (!isPackage) return `imports ${source}, which is not the name of a package`;
    const isOwn = source === name || source.startsWith(`${name}/`);
    return isOwn ? `imports ${source}, its own package: import the file by its relative path` : undefined;
  }
  // A file that is imported as its text is data, and imports nothing itself.
  const target = posix.join(posix.dirname(file), source.replace(/(?<=\.txt)\?raw$/, ''));
  if (!target.startsWith(`${home}/src/`) || !existsSync(join(root, target))) {
    return `imports ${source}, which is no file in ${home}/src`;
  }
  return isTestFile(target) && !isTestFile(file) ? `imports ${source}, which belongs to the tests` : undefined;
}

function escapesInComments({ file, comments }) {
  return comments.flatMap(({ start: at, value }) => {
    if (/@import\b|\bimport\(|<reference\s+path/.test(value)) {
      return [{ at, says: 'imports in a comment, which the search for import cycles does not follow' }];
    }
    if (!value.includes('biome-ignore')) return [];
    if (FORMATTED_BY_HAND.has(file) && /^ biome-ignore format: /.test(value)) return [];
    return [{ at, says: 'turns a rule off by biome-ignore: follow the rule' }];
  });
}

/** Lines that are too long, where what stands in strings does not count. */
function longLines({ text, program }) {
  let code = text;
  const strings = [];
  walk(program, (node) => {
    const isString = node.type === 'Literal' && typeof node.value === 'string';
    if (isString || node.type === 'TemplateElement' || node.type === 'JSXText') strings.push(node);
  });
  for (const { start, end } of strings.sort((a, b) => b.start - a.start)) {
    code = code.slice(0, start) + text.slice(start, end).replace(/[^\n]/g, '') + code.slice(end);
  }
  return code.split('\n').flatMap(({ length }, index) => {
    if (length <= LONGEST_LINE) return [];
    return [
      { line: index + 1, says: `is a line of ${length} characters without its strings, more than ${LONGEST_LINE}` },
    ];
  });
}
