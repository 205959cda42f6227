// Where the sources could make an error that is of no package's own class, or a class that has not the one shape.
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

const SHAPE = ['name', 'code', 'hint'];

/**
 * The places of a file, as `file:line Error`, where one of the language's classes of errors is a value: to be made, called
 * or given another name. It may be asked for by `instanceof`, be a type, and be extended by a class with the one shape.
 */
export function plainErrors(root, file) {
  const { text, program } = parseFile(root, file);
  const lineAt = lineCounter(text);
  const found = new Set();
  walk(program, (node, parents) => {
    const parent = parents.at(-1);
    if (node.type !== 'Identifier' || !PLAIN.has(node.name)) return;
    if (isGlobal(parent)) found.add(`${file}:${lineAt(node.start)} globalThis.${node.name}`);
    else if (!isHarmless(node, parent)) found.add(`${file}:${lineAt(node.start)} ${node.name}`);
  });
  return [...found];
}

/** Types around a value: it stays a value. */
const TYPED_VALUE = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSInstantiationExpression',
]);

const isGlobal = ({ type, object }) => type === 'MemberExpression' && object.name === 'globalThis';

function isHarmless(node, parent) {
  if (/^TS/.test(parent.type)) return !TYPED_VALUE.has(parent.type);
  if (parent.type === 'BinaryExpression') return parent.operator === 'instanceof' && parent.right === node;
  if (/^Class/.test(parent.type)) return parent.superClass === node && hasShape(parent);
  // The name of a field, not the class.
  const isField = parent.key === node || parent.property === node;
  return isField && !parent.computed && !parent.shorthand;
}

function hasShape({ body }) {
  const fields = body.body.filter(({ type }) => type === 'PropertyDefinition').map(({ key }) => key.name);
  return SHAPE.every((name) => fields.includes(name));
}
