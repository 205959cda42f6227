import {
  type Fdt,
  type FdtChange,
  type FdtNode,
  type FdtProperty,
  type FdtReservation,
  printDiff,
  printDts,
  printProperty,
  printSubtree,
  readCells,
  readStrings,
  valueForm,
} from '@kexeckit/fdt';
import type { View } from '../commands/command.ts';
import type { CheckedTree } from '../commands/dtb/check.ts';
import type { TreeChanges } from '../commands/dtb/diff.ts';
import type { Edited } from '../commands/dtb/edit.ts';
import type { Got } from '../commands/dtb/get.ts';
import type { ShownTree } from '../commands/dtb/show.ts';
import { EXIT } from '../exit-code.ts';
import type {
  ChangeJson,
  DtbCheckJson,
  DtbDiffJson,
  DtbEditJson,
  DtbGetJson,
  DtbShowJson,
  NodeJson,
  PropertyJson,
  ReservationJson,
} from '../json/dtb.ts';
import { count } from './format.ts';
import type { Page } from './page.ts';
import { inLine } from './printable.ts';
import { paragraph } from './table.ts';

/** A tree as its source text, which is never folded: it is compiled again. */
export const showView: View<ShownTree> = {
  text: ({ fdt, node }) => (node === undefined ? printDts(fdt) : printSubtree(node)),
  json: ({ fdt, node, bytes }): DtbShowJson => {
    const shown = plainNode(node ?? fdt.root);
    return {
      ...(node === undefined && {
        fileBytes: bytes,
        bootCpuidPhys: fdt.bootCpuidPhys,
        reservations: plainReservations(fdt),
      }),
      node: shown,
      totals: totalsOf(node ?? fdt.root),
    };
  },
};

const plainReservations = ({ reservations }: Fdt): DtbShowJson['reservations'] => reservations.map(plainReservation);

const plainReservation = ({ address, size }: FdtReservation): ReservationJson => ({ address, bytes: size });

/** A property, as fdtget prints it, or what a node has. */
export const getView: View<Got> = {
  text: (got) => (got.kind === 'node' ? nodeText(got.node) : `${got.text}\n`),
  json: (got): DtbGetJson => {
    if (got.kind === 'default') return { path: got.path, name: got.name, isThere: false, default: got.text };
    if (got.kind === 'property') return { path: got.path, isThere: true, ...plainProperty(got), text: got.text };
    const { name, properties, children } = got.node;
    return {
      path: got.path,
      name,
      properties: properties.map(plainProperty),
      children: children.map((child) => child.name),
      totals: { properties: properties.length, children: children.length },
    };
  },
};

function nodeText({ properties, children }: FdtNode): string {
  return [...properties.map(printProperty), ...children.map(({ name }) => `${name} { };`)]
    .map((line) => `${line}\n`)
    .join('');
}

/** What was changed, and where the tree is. */
export const editView: View<Edited> = {
  text: ({ changes, written }, page) => {
    const lines = changeLines(changes, page, true);
    if (lines.length === 0) lines.push('nothing has changed');
    if (written !== undefined)
      lines.push(paragraph(`${count(written.bytes)} bytes written to ${inLine(written.file)}`, page));
    return `${lines.join('\n')}\n`;
  },
  bytes: ({ blob, written }) => (written === undefined ? blob : undefined),
  json: ({ changes, written }): DtbEditJson => ({
    changes: changes.map(plainChange),
    totals: { changes: changes.length },
    written,
  }),
};

/** In what trees differ. */
export const diffView: View<TreeChanges> = {
  text: ({ changes, showsRenumbered }, page) =>
    changes.length === 0 ? 'the trees are the same\n' : `${changeLines(changes, page, showsRenumbered).join('\n')}\n`,
  json: ({ changes }): DtbDiffJson => ({ changes: changes.map(plainChange), totals: { changes: changes.length } }),
  exitCode: ({ changes }) => (changes.length === 0 ? EXIT.done : EXIT.no),
};

/** What is gone and what is new under the path of each node, folded to the page. */
function changeLines(changes: readonly FdtChange[], page: Page, renumbered: boolean): string[] {
  const { color } = page;
  const lines = printDiff(changes, { renumbered }).split('\n').slice(0, -1);
  return lines.map((line) => {
    const [, mark = '', indent = '', rest = ''] = /^([-+]?)(\s*)(.*)$/.exec(line) ?? [];
    const shown = paragraph(rest, page, `${mark}${indent.replaceAll('\t', '  ')}`);
    if (mark === '-') return color.red(shown);
    if (mark === '+') return color.green(shown);
    return line.startsWith('/') ? color.bold(shown) : shown;
  });
}

/** What was found in trees. */
export const checkView: View<readonly CheckedTree[]> = {
  text: (trees, page) => `${trees.flatMap((tree) => checkLines(tree, page)).join('\n')}\n`,
  json: (trees): DtbCheckJson => ({
    trees: trees.map(({ damage, ...tree }) => ({ ...tree, isWhole: damage === undefined, damage })),
    totals: { trees: trees.length, damaged: trees.filter(({ damage }) => damage).length, doubts: doubtsOf(trees) },
  }),
  exitCode: (trees) => (trees.some(hasFindings) ? EXIT.no : EXIT.done),
};

const hasFindings = ({ damage, doubts }: CheckedTree): boolean => damage !== undefined || doubts.length > 0;
const doubtsOf = (trees: readonly CheckedTree[]): number => trees.reduce((sum, { doubts }) => sum + doubts.length, 0);

function checkLines({ file, damage, isOverlay, doubts }: CheckedTree, page: Page): string[] {
  const { color, signs } = page;
  if (damage !== undefined)
    return [color.red(paragraph(inLine(`${damage.message}; ${damage.hint}`), page, `${signs.bad} `))];
  const what = isOverlay ? 'a whole overlay' : 'whole, and Linux reads it as it is meant';
  if (doubts.length === 0) return [color.green(paragraph(`${inLine(file)} is ${what}`, page, `${signs.good} `))];
  const doubtful = `${inLine(file)} is whole, and Linux may read it otherwise than it is meant`;
  return [
    color.yellow(paragraph(doubtful, page, `${signs.warning} `)),
    ...doubts.map(({ path, problem, reading }) => paragraph(inLine(`${path}: ${problem}: ${reading}`), page, '    ')),
  ];
}

function plainNode({ name, properties, children }: FdtNode): NodeJson {
  return { name, properties: properties.map(plainProperty), children: children.map(plainNode) };
}

/** A property by what its value is taken for; all bytes are there in any case. */
function plainProperty({ name, value }: Pick<FdtProperty, 'name' | 'value'>): PropertyJson {
  const form = valueForm(name, value);
  return {
    name,
    form,
    bytes: value.length,
    hex: Buffer.from(value).toString('hex'),
    ...(form === 'text' && { texts: readStrings(value) }),
    ...(form === 'cells' && { cells: readCells(value) }),
  };
}

function plainChange(change: FdtChange): ChangeJson {
  switch (change.kind) {
    case 'node-added':
    case 'node-removed':
      return { ...change, node: plainNode(change.node) };
    case 'property-added':
    case 'property-removed':
      return { ...change, property: plainProperty(change.property) };
    case 'property-changed':
      return { ...change, before: plainProperty(change.before), after: plainProperty(change.after) };
    case 'reservation-added':
    case 'reservation-removed':
      return { ...change, reservation: plainReservation(change.reservation) };
    default:
      return change;
  }
}

function totalsOf(node: FdtNode): { nodes: number; properties: number } {
  const totals = { nodes: 1, properties: node.properties.length };
  for (const child of node.children) {
    const { nodes, properties } = totalsOf(child);
    totals.nodes += nodes;
    totals.properties += properties;
  }
  return totals;
}
