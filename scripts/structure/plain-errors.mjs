// Where the sources make an error that is of no package's own class.
import { lineCounter, parseFile, walk } from './syntax.mjs';

const PLAIN = new Set([
  'Error',
  'AggregateError',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
]);

/** The places of a file with `new Error(…)`, `TypeError(…)` and the like, as `file:line new Error`. */
export function plainErrors(root, file) {
  const { text, program } = parseFile(root, file);
  const lineAt = lineCounter(text);
  const found = [];
  walk(program, (node) => {
    const makes = node.type === 'NewExpression' || node.type === 'CallExpression';
    if (makes && node.callee.type === 'Identifier' && PLAIN.has(node.callee.name))
      found.push(`${file}:${lineAt(node.start)} new ${node.callee.name}`);
  });
  return found;
}
