import { quotedBytes } from './escapes.ts';
import type { Lexer, Token } from './lexer.ts';
import { errorAt, type Place } from './source.ts';

const DEEPEST = 200;
const LIMIT = 1n << 64n;
const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const truth = (value: boolean): bigint => (value ? 1n : 0n);

/** What two unsigned numbers of 64 bits give. */
type Operation = (a: bigint, b: bigint) => bigint;

/** Operators of two sides, from those that bind least. */
const LEVELS: readonly Readonly<Record<string, Operation>>[] = [
  { '||': (a, b) => truth(a !== 0n || b !== 0n) },
  { '&&': (a, b) => truth(a !== 0n && b !== 0n) },
  { '|': (a, b) => a | b },
  { '^': (a, b) => a ^ b },
  { '&': (a, b) => a & b },
  { '==': (a, b) => truth(a === b), '!=': (a, b) => truth(a !== b) },
  {
    '<': (a, b) => truth(a < b),
    '>': (a, b) => truth(a > b),
    '<=': (a, b) => truth(a <= b),
    '>=': (a, b) => truth(a >= b),
  },
  { '<<': (a, b) => (b < 64n ? wrap(a << b) : 0n), '>>': (a, b) => (b < 64n ? a >> b : 0n) },
  { '+': (a, b) => wrap(a + b), '-': (a, b) => wrap(a - b) },
  { '*': (a, b) => wrap(a * b), '/': (a, b) => a / b, '%': (a, b) => a % b },
];

const UNARY = new Map<string, (value: bigint) => bigint>([
  ['-', (value) => wrap(-value)],
  ['~', (value) => wrap(~value)],
  ['!', (value) => truth(value === 0n)],
]);

/** A number as it stands in cells: a literal, a character, or an expression in parentheses. @throws FdtError `EINVAL` or `ERANGE` */
export function readNumber(lexer: Lexer, depth = 0): bigint {
  const token = lexer.take();
  if (token.kind === 'number') return literal(token);
  if (token.kind === 'character') return character(token);
  if (token.kind !== 'symbol' || token.text !== '(') throw unexpected(token, 'a number');
  if (depth > DEEPEST) throw tooDeep(token.place);
  const value = readTernary(lexer, depth + 1);
  expectSymbol(lexer, ')');
  return value;
}

/** Takes a symbol that has to be there. @throws FdtError `EINVAL` for another */
export function expectSymbol(lexer: Lexer, text: string): Token {
  const token = lexer.take();
  if (token.kind === 'symbol' && token.text === text) return token;
  throw unexpected(token, `'${text}'`);
}

/** The error for a token in the place of another. */
export function unexpected({ kind, text, place }: Token, wanted: string): Error {
  const found = kind === 'end' ? text : `${kind} ${JSON.stringify(text)}`;
  return errorAt('EINVAL', place, `${found} where ${wanted} belongs`, 'correct the text: it is not DTS');
}

function readTernary(lexer: Lexer, depth: number): bigint {
  const { place } = lexer.peek();
  if (depth > DEEPEST) throw tooDeep(place);
  const condition = readLevel(lexer, 0, depth);
  if (!isSymbol(lexer.peek(), '?')) return condition;
  lexer.take();
  const yes = readTernary(lexer, depth + 1);
  expectSymbol(lexer, ':');
  const no = readTernary(lexer, depth + 1);
  return condition === 0n ? no : yes;
}

function readLevel(lexer: Lexer, level: number, depth: number): bigint {
  const operations = LEVELS[level];
  if (operations === undefined) return readUnary(lexer, depth);
  let value = readLevel(lexer, level + 1, depth);
  for (;;) {
    const { kind, text, place } = lexer.peek();
    const operation = kind === 'symbol' && Object.hasOwn(operations, text) ? operations[text] : undefined;
    if (operation === undefined) return value;
    lexer.take();
    const right = readLevel(lexer, level + 1, depth);
    if (right === 0n && (text === '/' || text === '%')) {
      throw errorAt('EINVAL', place, 'division by zero', 'correct the expression');
    }
    value = operation(value, right);
  }
}

function readUnary(lexer: Lexer, depth: number): bigint {
  const { kind, text, place } = lexer.peek();
  const operation = kind === 'symbol' ? UNARY.get(text) : undefined;
  if (operation === undefined) return readNumber(lexer, depth);
  if (depth > DEEPEST) throw tooDeep(place);
  lexer.take();
  return operation(readUnary(lexer, depth + 1));
}

function literal({ text, place }: Token): bigint {
  const isOctal = /^0[0-9]/.test(text);
  if (isOctal && !/^[0-7]+$/.test(text)) {
    throw errorAt('EINVAL', place, `'${text}' is not an octal number`, 'leave out the zeros in front');
  }
  const value = BigInt(isOctal ? `0o${text}` : text);
  if (value < LIMIT) return value;
  throw errorAt('ERANGE', place, `${text} does not fit 64 bits`, 'give at most 2^64 - 1');
}

function character({ text, place }: Token): bigint {
  const bytes = quotedBytes(text, place);
  const [code] = bytes;
  if (code !== undefined && bytes.length === 1) return BigInt(code);
  throw errorAt('EINVAL', place, `'${text}' is not one character`, 'write one byte between the quotes');
}

const isSymbol = ({ kind, text }: Token, symbol: string): boolean => kind === 'symbol' && text === symbol;

function tooDeep(place: Place): Error {
  return errorAt('ERANGE', place, `an expression is nested more than ${DEEPEST} deep`, 'simplify it');
}
