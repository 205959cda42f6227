// How long files and functions are. A file has as many lines as it has line ends. A function has the lines from its first
// to its last, comments, empty lines and functions inside it included. What a module does itself counts as a function, too.
import { lineCounter, parseFile, walk } from './syntax.mjs';

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression', 'StaticBlock']);

/** Values that are data, or functions, which are measured where they stand. */
const DATA = new Set([
  'ObjectExpression',
  'ArrayExpression',
  'Literal',
  'TemplateLiteral',
  'ClassExpression',
  ...FUNCTIONS,
]);

/**
 * Measures one file: `{ file, lines, functions: [{ name, isNamed, line, lines }] }`.
 * A function's name is the path to it (`Cpu.step`, `createLab.select`); one without a name of its own is `outer.(callback)`.
 * The statements of the module itself are together one named `(top level)`; a constant that is computed is one of its own.
 */
export function measureFile(root, file) {
  const { text, program } = parseFile(root, file);
  const lineAt = lineCounter(text);
  const functions = topLevel(program, lineAt);
  walk(program, (node, parents) => {
    if (!FUNCTIONS.has(node.type)) return;
    const own = ownName(node, parents.at(-1));
    const outer = parents.flatMap((parent, depth) => outerName(parent, parents[depth - 1]));
    const line = lineAt(node.start);
    const lines = lineAt(node.end) - line + 1;
    functions.push({ name: [...outer, own ?? '(callback)'].join('.'), isNamed: own !== undefined, line, lines });
  });
  return { file, lines: text.split('\n').length - 1, functions };
}

/** What a module does when it is loaded, as if it were functions. */
function topLevel(program, lineAt) {
  const measure = (name, { start, end }) => {
    const line = lineAt(start);
    return { name, isNamed: false, line, lines: lineAt(end) - line + 1 };
  };
  const statements = program.body.map((node) => node.declaration ?? node);
  const declarators = statements.flatMap((node) => (node.type === 'VariableDeclaration' ? node.declarations : []));
  const computed = declarators.filter(({ init }) => init && !DATA.has(withoutType(init).type));
  const done = statements.filter(({ type }) => /Statement$/.test(type)).map((node) => measure('(top level)', node));
  return [
    ...computed.map((node) => measure(node.id.name ?? '(pattern)', node)),
    ...done.slice(0, 1).map((first) => ({ ...first, lines: done.reduce((sum, { lines }) => sum + lines, 0) })),
  ];
}

/** An expression without `as const` and `satisfies`. */
const withoutType = (node) => (/^TS(As|Satisfies)Expression$/.test(node.type) ? withoutType(node.expression) : node);

/** The name of a function: its own, or that of what it is the value of. */
function ownName(node, parent) {
  if (node.type === 'StaticBlock') return 'static';
  if (node.id) return node.id.name;
  const isValue = parent.value === node || parent.init === node || parent.right === node;
  if (!isValue) return undefined;
  switch (parent.type) {
    case 'MethodDefinition':
    case 'Property':
    case 'PropertyDefinition':
      return parent.kind === 'get' || parent.kind === 'set' ? `${parent.kind} ${keyName(parent)}` : keyName(parent);
    case 'VariableDeclarator':
      return parent.id.name;
    case 'AssignmentExpression':
      return parent.left.name ?? parent.left.property?.name;
    default:
      return undefined;
  }
}

const keyName = ({ key, computed }) => (computed ? '[computed]' : String(key.name ?? key.value));

/** What a surrounding node adds to the path of names: classes and named functions do. */
function outerName(node, parent) {
  if (FUNCTIONS.has(node.type)) return ownName(node, parent) ?? [];
  return node.type === 'ClassDeclaration' || node.type === 'ClassExpression' ? (node.id?.name ?? []) : [];
}

/** The median, 90th percentile and maximum of numbers: the smallest value that at least that share does not exceed. */
export function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { median: at(0.5), p90: at(0.9), max: at(1) };
}
