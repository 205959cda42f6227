import { ByteSink } from './byte-sink.ts';
import { quotedBytes } from './escapes.ts';
import { expectSymbol, readNumber, unexpected } from './expression.ts';
import type { Lexer, Token } from './lexer.ts';
import { errorAt, fromCaller } from './source.ts';
import type { Label, Reference, SourceValue } from './source-tree.ts';

/** Gives the content of a file for `/incbin/`. */
export type DtsIncbin = (name: string, from: string) => Uint8Array;

/** The value of a property without one. */
export const NOTHING: SourceValue = { bytes: new Uint8Array(0), references: [], labels: [] };

const NO_REFERENCES: readonly Reference[] = NOTHING.references;
const NO_LABELS: readonly Label[] = NOTHING.labels;

/** A value while it grows. */
class ValueBuilder {
  readonly sink = new ByteSink();
  references: Reference[] = [];
  labels: Label[] = [];

  refer(kind: Reference['kind'], { text, place }: Token): void {
    this.references.push({ kind, target: text, offset: this.sink.length, place });
  }

  label({ text, place }: Token): void {
    this.labels.push({ name: text, place });
  }

  /** The value so far, which the next begins behind. */
  build(): SourceValue {
    const { references, labels } = this;
    const bytes = this.sink.take();
    if (references.length + labels.length === 0) return { bytes, references: NO_REFERENCES, labels: NO_LABELS };
    this.references = [];
    this.labels = [];
    return { bytes, references, labels };
  }
}

/** Reads values. */
export class ValueParser {
  readonly #lexer: Lexer;
  readonly #incbin: DtsIncbin | undefined;
  readonly #builder = new ValueBuilder();

  constructor(lexer: Lexer, incbin: DtsIncbin | undefined) {
    this.#lexer = lexer;
    this.#incbin = incbin;
  }

  /** Reads what stands between `=` and `;`. @throws FdtError for what is not a value */
  parse(): SourceValue {
    const [lexer, builder] = [this.#lexer, this.#builder];
    do {
      parseLabels(lexer, builder);
      parsePart(lexer, builder, this.#incbin);
      parseLabels(lexer, builder);
    } while (takeSymbol(lexer, ','));
    return builder.build();
  }
}

function parseLabels(lexer: Lexer, builder: ValueBuilder): void {
  while (lexer.peek().kind === 'label') builder.label(lexer.take());
}

function takeSymbol(lexer: Lexer, text: string): boolean {
  const token = lexer.peek();
  const isThere = token.kind === 'symbol' && token.text === text;
  if (isThere) lexer.take();
  return isThere;
}

function parsePart(lexer: Lexer, builder: ValueBuilder, incbin: DtsIncbin | undefined): void {
  const token = lexer.take();
  const { kind, text, place } = token;
  if (kind === 'string') {
    if (text.includes('\\')) builder.sink.append(quotedBytes(text, place));
    else builder.sink.text(text);
    builder.sink.byte(0);
  } else if (kind === 'reference') builder.refer('path', token);
  else if (kind === 'symbol' && text === '<') parseCells(lexer, builder, 32);
  else if (kind === 'symbol' && text === '[') parseBytes(lexer, builder);
  else if (kind === 'keyword' && text === '/bits/') parseCells(lexer, builder, parseBits(lexer));
  else if (kind === 'keyword' && text === '/incbin/') parseIncbin(lexer, builder, incbin, token);
  else throw unexpected(token, 'a value');
}

function parseBits(lexer: Lexer): number {
  const token = lexer.peek();
  if (token.kind !== 'number') throw unexpected(token, 'a number of bits');
  const bits = Number(readNumber(lexer));
  if (![8, 16, 32, 64].includes(bits)) {
    throw errorAt('EINVAL', token.place, `elements of ${bits} bits`, 'use 8, 16, 32 or 64 bits');
  }
  expectSymbol(lexer, '<');
  return bits;
}

function parseCells(lexer: Lexer, builder: ValueBuilder, bits: number): void {
  for (let token = lexer.peek(); !takeSymbol(lexer, '>'); token = lexer.peek()) {
    if (token.kind === 'label') builder.label(lexer.take());
    else if (token.kind === 'reference') parseCellReference(lexer.take(), builder, bits);
    else if (bits === 32 && isSmallNumber(token)) builder.sink.cell(Number(lexer.take().text));
    else builder.sink.number(fitting(readNumber(lexer), bits, token), bits / 8);
  }
}

/** Whether a token is a number that is certain to fit a cell: of few digits, and not octal. */
function isSmallNumber({ kind, text }: Token): boolean {
  if (kind !== 'number') return false;
  return text.startsWith('0x') ? text.length <= 10 : text.length <= 9 && (text === '0' || !text.startsWith('0'));
}

function parseCellReference(token: Token, builder: ValueBuilder, bits: number): void {
  if (bits !== 32) {
    throw errorAt(
      'EINVAL',
      token.place,
      `a reference among elements of ${bits} bits`,
      'use 32 bits: a phandle has them',
    );
  }
  builder.refer('phandle', token);
  builder.sink.number(0xffffffffn, 4);
}

/** The number if it fits, or is negative and fits. */
function fitting(value: bigint, bits: number, { place }: Token): bigint {
  const isNegative = value >= (1n << 64n) - (1n << BigInt(bits));
  if (value < 1n << BigInt(bits) || isNegative) return value;
  throw errorAt('ERANGE', place, `0x${value.toString(16)} does not fit ${bits} bits`, 'use more bits, with /bits/');
}

function parseBytes(lexer: Lexer, builder: ValueBuilder): void {
  for (let token = lexer.take(); token.kind !== 'symbol' || token.text !== ']'; token = lexer.take()) {
    if (token.kind === 'label') builder.label(token);
    else if (token.kind === 'byte') builder.sink.byte(Number.parseInt(token.text, 16));
    else throw unexpected(token, 'two hexadecimal digits');
  }
}

function parseIncbin(lexer: Lexer, builder: ValueBuilder, incbin: DtsIncbin | undefined, { place }: Token): void {
  expectSymbol(lexer, '(');
  const name = lexer.take();
  if (name.kind !== 'string') throw unexpected(name, 'the name of a file');
  const isPart = takeSymbol(lexer, ',');
  const start = isPart ? Number(readNumber(lexer)) : 0;
  if (isPart) expectSymbol(lexer, ',');
  const size = isPart ? Number(readNumber(lexer)) : undefined;
  expectSymbol(lexer, ')');
  if (incbin === undefined) {
    const message = `/incbin/ of ${JSON.stringify(name.text)}`;
    throw errorAt('EOPNOTSUPP', place, message, 'give parseDts an incbin that returns its bytes');
  }
  const bytes = fromCaller(() => incbin(name.text, place.source.name), '/incbin/', name.text, place);
  builder.sink.append(bytes.subarray(start, size === undefined ? undefined : start + size));
}
