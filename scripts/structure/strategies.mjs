// Which files name a strategy. Nothing but the records of the strategies should.
import { lineCounter, parseFile, walk } from './syntax.mjs';

const NAMES = new Set(['mmu-on', 'mmu-off', 'crash-region']);

/** Also the name of a kind of memory: a strategy only on a line that says so or names another one. */
const AMBIGUOUS = 'reserved';

/** Whether a file has the name of a strategy as a string (or as a key) of its own. Comments do not count. */
export function namesStrategy(root, file) {
  const { text, program } = parseFile(root, file);
  const lineAt = lineCounter(text);
  const lines = text.split('\n');
  let found = false;
  walk(program, (node) => {
    const value = stringOf(node);
    if (value === undefined) return;
    found ||= NAMES.has(value) || (value === AMBIGUOUS && speaksOfStrategies(lines[lineAt(node.start) - 1]));
  });
  return found;
}

function stringOf(node) {
  if (node.type === 'Literal') return node.value;
  if (node.type === 'TemplateElement') return node.value.cooked;
  return undefined;
}

function speaksOfStrategies(line) {
  return /strateg/i.test(line) || [...NAMES].some((name) => line.includes(`'${name}'`));
}
