// Source files as syntax trees: which there are, and a walk over every node of one.
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { parseSync } from 'oxc-parser';

/** The files of code below the `src` folders (or other folders) of all workspaces of `root`, as paths with `/`. */
export function sourceFiles(root, workspaces = ['packages', 'apps', 'tools'], folders = ['src']) {
  return workspaces
    .flatMap((workspace) => foldersIn(join(root, workspace)).map((name) => join(workspace, name)))
    .flatMap((member) => folders.flatMap((folder) => filesBelow(root, join(member, folder))))
    .map((file) => file.split(sep).join('/'))
    .sort();
}

/** Whether a file belongs to the tests: what stands in `*.test.ts`, `test/` or `testing/`. */
export function isTestFile(file) {
  return isTest(file) || /\/(test|testing)\//.test(file);
}

/** Whether a file has tests: these may be as long as they like. */
export function isTest(file) {
  return /\.test\.tsx?$/.test(file);
}

/** Reads and parses one file. Offsets in the tree count UTF-16 units of `text`. */
export function parseFile(root, file) {
  const text = readFileSync(join(root, file), 'utf8');
  const { program, module, comments, errors } = parseSync(file, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${file}: ${error.message}`);
  return { file, text, program, module, comments };
}

/** Calls `visit(node, parents)` for each node, outermost first; the last of `parents` is the nearest. */
export function walk(node, visit, parents = []) {
  visit(node, parents);
  const inner = [...parents, node];
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === 'string') walk(child, visit, inner);
    }
  }
}

/** From offsets of a text to its lines, counted from 1. */
export function lineCounter(text) {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

function foldersIn(path) {
  return entriesOf(path).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

function filesBelow(root, folder) {
  return entriesOf(join(root, folder)).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(root, path);
    return /\.[cm]?[jt]sx?$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : [];
  });
}

function entriesOf(path) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}
