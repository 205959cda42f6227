import { tooDeep } from '../check.ts';
import { MAX_DEPTH } from '../format.ts';
import type { FdtReservation } from '../tree.ts';
import { expectSymbol, readNumber, unexpected } from './expression.ts';
import type { Lexer, Token } from './lexer.ts';
import { errorAt, type Place } from './source.ts';
import {
  type ChildPiece,
  type Label,
  type NodePiece,
  type SourceNode,
  type SourceProperty,
  SourceTree,
  type SourceValue,
} from './source-tree.ts';
import { type DtsIncbin, NOTHING, ValueParser } from './value-parser.ts';

/** What a text says, with its references not yet resolved. */
export interface SourceFile {
  readonly isPlugin: boolean;
  readonly reservations: readonly FdtReservation[];
  readonly tree: SourceTree;
}

/** Reads DTS text (Devicetree Specification v0.4 chapter 6) into a tree of its pieces. @throws FdtError with the place */
export class Parser {
  readonly #lexer: Lexer;
  readonly #values: ValueParser;
  #fragments = 0;

  constructor(lexer: Lexer, incbin: DtsIncbin | undefined) {
    this.#lexer = lexer;
    this.#values = new ValueParser(lexer, incbin);
  }

  parse(): SourceFile {
    const isPlugin = this.#parseHeaders();
    const reservations = this.#parseReservations();
    const first = this.#lexer.peek();
    const tree = new SourceTree(first.place);
    if (first.kind === 'symbol' && first.text === '/') {
      this.#lexer.take();
      tree.define(tree.root, this.#parseBody(0));
    } else if (!isPlugin || first.kind !== 'reference') {
      throw unexpected(first, "the root node, '/ {'");
    }
    while (this.#lexer.peek().kind !== 'end') this.#parsePiece(tree, isPlugin);
    return { isPlugin, reservations, tree };
  }

  /** @returns whether the text is an overlay */
  #parseHeaders(): boolean {
    const first = this.#lexer.peek();
    const flags: boolean[] = [];
    while (this.#takeKeyword('/dts-v1/')) {
      expectSymbol(this.#lexer, ';');
      const isPlugin = this.#takeKeyword('/plugin/');
      if (isPlugin) expectSymbol(this.#lexer, ';');
      flags.push(isPlugin);
    }
    const [isPlugin] = flags;
    if (isPlugin === undefined) throw unexpected(first, "'/dts-v1/;'");
    if (flags.includes(!isPlugin)) {
      throw errorAt('EINVAL', first.place, 'headers with and without /plugin/', 'make all headers the same');
    }
    return isPlugin;
  }

  #parseReservations(): FdtReservation[] {
    const reservations: FdtReservation[] = [];
    for (;;) {
      const token = this.#lexer.peek();
      if (token.kind === 'label') {
        this.#lexer.take();
        const next = this.#lexer.peek();
        if (next.kind !== 'label' && !this.#isKeyword('/memreserve/')) throw unexpected(next, "'/memreserve/'");
      } else if (this.#takeKeyword('/memreserve/')) {
        reservations.push({ address: readNumber(this.#lexer), size: readNumber(this.#lexer) });
        expectSymbol(this.#lexer, ';');
      } else return reservations;
    }
  }

  #parsePiece(tree: SourceTree, isPlugin: boolean): void {
    const token = this.#lexer.take();
    const isDelete = token.text === '/delete-node/';
    if (token.kind === 'symbol' && token.text === '/') tree.merge(tree.root, this.#parseBody(0));
    else if (token.kind === 'reference') this.#parseReferred(tree, token, isPlugin, []);
    else if (token.kind === 'label') {
      this.#parseReferred(tree, this.#takeReference(), false, [{ name: token.text, place: token.place }]);
    } else if (token.kind === 'keyword' && (isDelete || token.text === '/omit-if-no-ref/')) {
      const node = need(tree, this.#takeReference());
      if (isDelete) tree.delete(node);
      else node.omitIfUnused = true;
      expectSymbol(this.#lexer, ';');
    } else throw unexpected(token, "'/' or a reference");
  }

  /** Contents for a node that is known by its label or path; in an overlay, a fragment for one that is not. */
  #parseReferred(tree: SourceTree, reference: Token, isPlugin: boolean, labels: readonly Label[]): void {
    const isPath = reference.text.startsWith('/');
    if (isPlugin && !isPath && reference.text.includes('/')) {
      throw errorAt('EINVAL', reference.place, `&{${reference.text}} in an overlay`, 'use a label or a full path');
    }
    if (isPlugin && (isPath || tree.find(reference.text) === undefined)) {
      this.#addFragment(tree, reference);
      return;
    }
    const node = need(tree, reference);
    tree.addLabels(node, labels);
    tree.merge(node, this.#parseBody(depthOf(node)));
  }

  #addFragment(tree: SourceTree, { text, place }: Token): void {
    const overlay: ChildPiece = {
      name: '__overlay__',
      piece: this.#parseBody(2),
      labels: [],
      omitIfUnused: false,
      place,
    };
    const target = text.startsWith('/')
      ? propertyOf('target-path', { ...NOTHING, bytes: new TextEncoder().encode(`${text}\0`) }, place)
      : propertyOf('target', phandleOf(text, place), place);
    const piece: NodePiece = { properties: [target], children: [overlay], place };
    const name = `fragment@${this.#fragments++}`;
    if (tree.root.children.has(name)) {
      throw errorAt('EEXIST', place, `the fragment for '${text}' would be a second '${name}'`, 'rename the first');
    }
    tree.addChild(tree.root, name, piece, { labels: [], omitIfUnused: false });
  }

  /** @param depth how deep the node lies */
  #parseBody(depth: number): NodePiece {
    const { place } = expectSymbol(this.#lexer, '{');
    if (depth >= MAX_DEPTH) throw errorAt('ERANGE', place, tooDeep('').message, tooDeep('').hint);
    const properties: SourceProperty[] = [];
    const children: ChildPiece[] = [];
    while (!this.#isSymbol('}')) this.#parseMember(properties, children, depth);
    this.#lexer.take();
    expectSymbol(this.#lexer, ';');
    return { properties, children, place };
  }

  #parseMember(properties: SourceProperty[], children: ChildPiece[], depth: number): void {
    const { place } = this.#lexer.peek();
    const labels: Label[] = [];
    let omitIfUnused = false;
    for (let token = this.#lexer.peek(); ; token = this.#lexer.peek()) {
      if (token.kind === 'label') labels.push({ name: token.text, place: token.place });
      else if (token.kind === 'keyword' && token.text === '/omit-if-no-ref/') omitIfUnused = true;
      else break;
      this.#lexer.take();
    }
    if (this.#takeKeyword('/delete-node/')) {
      children.push({ name: this.#takeDeleted(), piece: undefined, labels: [], omitIfUnused, place });
    } else if (this.#takeKeyword('/delete-property/')) {
      const deleted = propertyOf(this.#takeDeleted(), NOTHING, place);
      deleted.isDeleted = true;
      addProperty(properties, children, deleted);
    } else {
      const name = this.#takeName();
      if (this.#isSymbol('{')) {
        children.push({ name, piece: this.#parseBody(depth + 1), labels, omitIfUnused, place });
      } else {
        if (omitIfUnused) throw unexpected(this.#lexer.peek(), "'{'");
        addProperty(properties, children, propertyOf(name, this.#parseAssigned(), place, labels));
      }
    }
  }

  #parseAssigned(): SourceValue {
    const value = this.#isSymbol('=') ? this.#lexer.take() && this.#values.parse() : NOTHING;
    expectSymbol(this.#lexer, ';');
    return value;
  }

  #takeDeleted(): string {
    const name = this.#takeName();
    expectSymbol(this.#lexer, ';');
    return name;
  }

  #takeName(): string {
    const token = this.#lexer.take();
    if (token.kind === 'name') return token.text;
    throw unexpected(token, 'a property, a node or }');
  }

  #takeReference(): Token {
    const token = this.#lexer.take();
    if (token.kind === 'reference') return token;
    throw unexpected(token, 'a reference');
  }

  #isSymbol(text: string): boolean {
    const token = this.#lexer.peek();
    return token.kind === 'symbol' && token.text === text;
  }

  #isKeyword(text: string): boolean {
    const token = this.#lexer.peek();
    return token.kind === 'keyword' && token.text === text;
  }

  #takeKeyword(text: string): boolean {
    const isThere = this.#isKeyword(text);
    if (isThere) this.#lexer.take();
    return isThere;
  }
}

function propertyOf(name: string, value: SourceValue, place: Place, labels: readonly Label[] = []): SourceProperty {
  const byName = labels.length === 0 ? undefined : new Map(labels.map((label) => [label.name, label]));
  return { name, value, labels: byName, isDeleted: false, place };
}

function addProperty(properties: SourceProperty[], children: readonly ChildPiece[], property: SourceProperty): void {
  if (children.length > 0) {
    const message = `property '${property.name}' stands behind a child`;
    throw errorAt('EINVAL', property.place, message, 'move it before the children');
  }
  properties.push(property);
}

function need(tree: SourceTree, { text, place }: Token): SourceNode {
  const node = tree.find(text);
  if (node !== undefined) return node;
  throw errorAt(
    'ENOENT',
    place,
    `no node has the label or path '${text}'`,
    'define it before, or correct the reference',
  );
}

const depthOf = (node: SourceNode): number => (node.parent === undefined ? 0 : depthOf(node.parent) + 1);

/** A value that is the phandle of a label, not known yet. */
function phandleOf(target: string, place: Place) {
  const bytes = Uint8Array.of(0xff, 0xff, 0xff, 0xff);
  return { bytes, references: [{ kind: 'phandle', target, offset: 0, place } as const], labels: [] };
}
