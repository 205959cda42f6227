// Which lines name a phase as a bare string. Nothing but the table of phases should.
import { lineCounter, parseFile, walk } from './syntax.mjs';

/** Words that stand for other things, too: `kind: 'relocation'` of a plan, `name: 'prove'` of a command. */
const ABOUT_PHASES = /phase/i;
/** What a phase is compared by. */
const COMPARED = /^name$|phase/i;

/**
 * The lines of a file, as `file:line`, where one of these names stands for a phase: as the value of something that is
 * called phase, in a comparison with such a thing or with a `name`, in a type beside a type of phases, as a key into the
 * table of phases, or as a key of a record by phases.
 */
export function namesPhases(root, file, names) {
  const { text, program } = parseFile(root, file);
  const lineAt = lineCounter(text);
  const lines = new Set();
  walk(program, (node, parents) => {
    if (node.type === 'Literal' && names.has(node.value) && standsForPhase(node, parents))
      lines.add(lineAt(node.start));
    if (node.type === 'ObjectExpression' && isRecordByPhase(node, parents, names)) lines.add(lineAt(node.start));
  });
  return [...lines].sort((a, b) => a - b).map((line) => `${file}:${line}`);
}

/** Looks outward from a string to the nearest node that tells what it is a value of. */
function standsForPhase(literal, parents) {
  let inner = literal;
  for (const node of parents.toReversed()) {
    const verdict = verdictOf(node, inner);
    if (verdict !== undefined) return verdict;
    inner = node;
  }
  return false;
}

/** Whether what stands in `inner` is about phases; undefined where this node does not tell. */
function verdictOf(node, inner) {
  switch (node.type) {
    case 'Property':
    case 'TSPropertySignature':
    case 'PropertyDefinition':
      return inner === node.key ? false : ABOUT_PHASES.test(nameOf(node.key));
    case 'JSXAttribute':
      return ABOUT_PHASES.test(nameOf(node.name));
    case 'VariableDeclarator':
    case 'TSTypeAliasDeclaration':
      return ABOUT_PHASES.test(nameOf(node.id));
    case 'AssignmentPattern':
      return ABOUT_PHASES.test(nameOf(node.left));
    case 'Identifier':
      // A parameter with its type.
      return ABOUT_PHASES.test(node.name);
    case 'BinaryExpression':
      return COMPARED.test(nameOf(node.left)) || COMPARED.test(nameOf(node.right));
    case 'SwitchStatement':
      return COMPARED.test(nameOf(node.discriminant));
    case 'MemberExpression':
      return inner === node.property ? ABOUT_PHASES.test(nameOf(node.object)) : undefined;
    case 'CallExpression':
      return node.arguments.some((argument) => COMPARED.test(nameOf(argument)));
    case 'TSTypeParameterInstantiation':
      return node.params.some((type) => ABOUT_PHASES.test(nameOf(type.typeName)));
    default:
      // A statement in the body of a case, or of a function, is not what is switched over or called.
      return /Statement$|Declaration$|Function/.test(node.type) ? false : undefined;
  }
}

/** Whether a literal object has phases as keys, and its type says so. */
function isRecordByPhase(object, parents, names) {
  const owner = parents.findLast(({ type }) => type === 'VariableDeclarator' || type === 'TSSatisfiesExpression');
  const type = owner?.id?.typeAnnotation ?? owner?.typeAnnotation;
  if (!mentionsPhases(type)) return false;
  return object.properties.some(({ key, shorthand }) => !shorthand && names.has(key?.value ?? key?.name));
}

function mentionsPhases(type) {
  let found = false;
  if (type)
    walk(type, (node) => (found ||= node.type === 'TSTypeReference' && ABOUT_PHASES.test(nameOf(node.typeName))));
  return found;
}

/** What something is called: an identifier, or the last name of a chain; empty where it has none. */
function nameOf(node) {
  const name = node?.name ?? node?.value ?? node?.property?.name ?? node?.expression?.property?.name;
  return typeof name === 'string' ? name : '';
}
