import { NamedList } from './named-list.ts';
import { errorAt, type Place } from './source.ts';

/** A use of another node in a value: its phandle, over four bytes that are there, or its path, to be put in. */
export interface Reference {
  readonly kind: 'phandle' | 'path';
  /** A label, a label with a path behind it, or a full path. */
  readonly target: string;
  /** Where in the value, not counting paths that are put in. */
  readonly offset: number;
  readonly place: Place;
}

/** A label and where it stands. */
export interface Label {
  readonly name: string;
  readonly place: Place;
}

/** A value as the text has it. */
export interface SourceValue {
  readonly bytes: Uint8Array;
  readonly references: readonly Reference[];
  /** Labels inside the value. They name nothing that a blob has, but must be unique. */
  readonly labels: readonly Label[];
}

/** A node as one piece of text defines it. Whoever takes it into a tree takes its properties themselves. */
export interface NodePiece {
  /** Those that are deleted delete. */
  readonly properties: readonly SourceProperty[];
  readonly children: ChildPiece[];
  readonly place: Place;
}

/** A child in a piece; without contents it deletes. */
export interface ChildPiece {
  readonly name: string;
  readonly piece: NodePiece | undefined;
  readonly labels: readonly Label[];
  readonly omitIfUnused: boolean;
  readonly place: Place;
}

/** A property of a node, as a piece or the pieces so far define it. */
export interface SourceProperty {
  readonly name: string;
  value: SourceValue;
  /** By name; undefined for most, which have none. */
  labels: Map<string, Label> | undefined;
  /** It keeps its place, should it come again. */
  isDeleted: boolean;
  readonly place: Place;
}

/** A node that the pieces so far define. */
export class SourceNode {
  readonly name: string;
  readonly parent: SourceNode | undefined;
  readonly place: Place;
  readonly properties: NamedList<SourceProperty> = new NamedList();
  readonly children: NamedList<SourceNode> = new NamedList();
  /** The newest last. */
  readonly labels: NamedList<Label> = new NamedList();
  /** Whether it ever had a label: for dtc, nodes that are deleted and come again keep that. */
  wasLabelled = false;
  isDeleted = false;
  omitIfUnused = false;
  isReferenced = false;
  /** 0 while it has none. */
  phandle = 0;

  constructor(name: string, parent: SourceNode | undefined, place: Place) {
    this.name = name;
    this.parent = parent;
    this.place = place;
  }

  get path(): string {
    if (this.parent === undefined) return '/';
    return this.parent.parent === undefined ? `/${this.name}` : `${this.parent.path}/${this.name}`;
  }

  /** The properties that are not deleted. */
  liveProperties(): SourceProperty[] {
    return this.properties.filter(isLive);
  }

  /** The children that are not deleted. */
  liveChildren(): SourceNode[] {
    return this.children.filter(isLive);
  }

  /** A property that is not deleted. */
  live(name: string): SourceProperty | undefined {
    const property = this.properties.get(name);
    return property?.isDeleted === false ? property : undefined;
  }

  /** This node and all below it that are not deleted, parents first. */
  all(): SourceNode[] {
    const nodes: SourceNode[] = [];
    this.#collect(nodes);
    return nodes;
  }

  #collect(nodes: SourceNode[]): void {
    nodes.push(this);
    for (const child of this.children.values()) if (!child.isDeleted) child.#collect(nodes);
  }
}

const isLive = ({ isDeleted }: { readonly isDeleted: boolean }): boolean => !isDeleted;

/** A tree that is put together from pieces, as dtc does it. */
export class SourceTree {
  readonly root: SourceNode;
  /** Every node that ever had a label. */
  readonly #labelled = new Map<string, SourceNode[]>();

  constructor(place: Place) {
    this.root = new SourceNode('', undefined, place);
  }

  /** Adds a piece to a node that the tree has, in place of what it says differently. */
  merge(node: SourceNode, piece: NodePiece): void {
    node.isDeleted = false;
    for (const property of piece.properties) mergeProperty(node, property);
    for (const child of piece.children) this.#mergeChild(node, child);
  }

  /** Fills a node that is new. @throws FdtError `EEXIST` for a name that appears twice in the piece */
  define(node: SourceNode, piece: NodePiece): void {
    for (const property of piece.properties) {
      if (property.isDeleted) continue;
      if (node.properties.has(property.name)) throw twice('property', property);
      node.properties.add(property);
    }
    for (const child of piece.children) {
      if (child.piece === undefined) continue;
      if (node.children.has(child.name)) throw twice('node', child);
      this.addChild(node, child.name, child.piece, child);
    }
    // What is in the tree is not needed twice.
    piece.children.length = 0;
  }

  addChild(
    parent: SourceNode,
    name: string,
    piece: NodePiece,
    { labels, omitIfUnused }: Pick<ChildPiece, 'labels' | 'omitIfUnused'>,
  ): SourceNode {
    const node = new SourceNode(name, parent, piece.place);
    node.omitIfUnused = omitIfUnused;
    parent.children.add(node);
    this.addLabels(node, labels.toReversed());
    this.define(node, piece);
    return node;
  }

  addLabels(node: SourceNode, labels: readonly Label[]): void {
    for (const label of labels) {
      if (node.labels.has(label.name)) continue;
      node.labels.add(label);
      node.wasLabelled = true;
      const nodes = this.#labelled.get(label.name);
      if (nodes === undefined) this.#labelled.set(label.name, [node]);
      else if (!nodes.includes(node)) nodes.push(node);
    }
  }

  delete(node: SourceNode): void {
    for (const child of node.liveChildren()) this.delete(child);
    for (const property of node.liveProperties()) deleteProperty(property);
    node.isDeleted = true;
    node.labels.clear();
  }

  /** The node that a reference names: by label, by label and path, or by path. */
  find(target: string): SourceNode | undefined {
    const [label = '', ...names] = target.split('/');
    const start = label === '' ? this.root : this.#byLabel(label);
    return names.filter((name) => name !== '').reduce(childOf, start);
  }

  #byLabel(name: string): SourceNode | undefined {
    return this.#labelled.get(name)?.find((node) => node.labels.has(name));
  }

  #mergeChild(parent: SourceNode, child: ChildPiece): void {
    const existing = parent.children.get(child.name);
    if (child.piece === undefined) {
      if (existing !== undefined) this.delete(existing);
    } else if (existing === undefined) {
      this.addChild(parent, child.name, child.piece, child);
    } else {
      this.addLabels(existing, child.labels);
      this.merge(existing, child.piece);
    }
  }
}

function childOf(node: SourceNode | undefined, name: string): SourceNode | undefined {
  const child = node?.children.get(name);
  return child?.isDeleted === false ? child : undefined;
}

function mergeProperty(node: SourceNode, property: SourceProperty): void {
  const existing = node.properties.get(property.name);
  if (property.isDeleted) {
    if (existing !== undefined) deleteProperty(existing);
  } else if (existing === undefined) {
    node.properties.add(property);
  } else {
    existing.value = property.value;
    existing.isDeleted = false;
    if (property.labels !== undefined) existing.labels = new Map([...property.labels, ...(existing.labels ?? [])]);
  }
}

function deleteProperty(property: SourceProperty): void {
  property.isDeleted = true;
  property.labels = undefined;
}

function twice(what: string, { name, place }: { readonly name: string; readonly place: Place }): Error {
  return errorAt(
    'EEXIST',
    place,
    `${what} '${name}' appears twice in its node`,
    'remove one, or write the second into a later piece',
  );
}
