// Which files name a strategy. Nothing but the records of the strategies should, and the routes of a host, one for each.
import { lineCounter, parseFile, walk } from './syntax.mjs';

const NAMES = ['mmu-on', 'mmu-off', 'crash-region'];

/** A name as a word: not in `copy-mmu-on`, nor in `kexeckit,crash-region`, which is a property of device trees. */
const NAME = new RegExp(`(?<![\\w,-])(${NAMES.join('|')})(?![\\w-])`);

/** Also words, and the name of a kind of memory: a strategy where the sentence, or the line around it, says so. */
const AMBIGUOUS = ['reserved', 'kernel'];
const AMBIGUOUS_NAME = /\bstrateg(y|ies)\W+(reserved|kernel)\b/i;

/** Whether a file has the name of a strategy in a string, a key or a regular expression. Comments do not count. */
export function namesStrategy(root, file) {
  const { text, program } = parseFile(root, file);
  const lineAt = lineCounter(text);
  const lines = text.split('\n');
  let found = false;
  walk(program, (node) => {
    const value = stringOf(node);
    if (value === undefined) return;
    found ||= NAME.test(value) || AMBIGUOUS_NAME.test(value);
    found ||= AMBIGUOUS.includes(value) && speaksOfStrategies(lines[lineAt(node.start) - 1]);
  });
  return found;
}

function stringOf(node) {
  if (node.type === 'Literal') return node.regex?.pattern ?? (typeof node.value === 'string' ? node.value : undefined);
  if (node.type === 'TemplateElement') return node.value.cooked;
  if (node.type === 'JSXText') return node.value;
  return undefined;
}

function speaksOfStrategies(line) {
  return /strateg/i.test(line) || NAME.test(line);
}
