import { checkTree } from '../check.ts';
import type { Fdt, FdtNode } from '../tree.ts';
import { checkLabels, dropNames } from './checks.ts';
import type { DtsInclude } from './include.ts';
import { Lexer } from './lexer.ts';
import { addFixups, addSymbols } from './overlay-notes.ts';
import { Parser } from './parser.ts';
import { Phandles, resolveReferences } from './resolve.ts';
import type { SourceNode } from './source-tree.ts';
import type { DtsIncbin } from './value-parser.ts';

/** How DTS text is read. */
export interface DtsOptions {
  /** What errors call the text. */
  readonly name?: string;
  /** Gives each file that the text includes; without it, `/include/` is refused. */
  readonly include?: DtsInclude;
  /** Gives the bytes of a file for `/incbin/`; without it, that is refused. */
  readonly incbin?: DtsIncbin;
  /** Write the labels into `/__symbols__`, so that overlays can use them (`dtc -@`). */
  readonly symbols?: boolean;
}

/**
 * Compiles DTS text (Devicetree Specification v0.4 chapter 6) as `dtc` does: several pieces that add up, labels and
 * references, expressions, deletions, `/bits/`, overlays with their fixups. The C preprocessor runs before.
 *
 * @throws FdtError with `line` and `column`: `EINVAL` for what is not DTS, `EEXIST` for what is there twice, `ENOENT` for a
 *   reference to nothing, `ERANGE` for what is too large or too deep, `EOPNOTSUPP` for a file that nobody gives
 */
export function parseDts(text: string, options: DtsOptions = {}): Fdt {
  const { name = 'DTS', include, incbin, symbols = false } = options;
  const { isPlugin, reservations, tree } = new Parser(new Lexer({ name, text }, include), incbin).parse();
  const bootCpuidPhys = bootCpuOf(tree.root);
  dropNames(tree);
  checkLabels(tree);
  const phandles = new Phandles();
  const uses = resolveReferences(tree, phandles, { isPlugin, keepLabelled: symbols });
  if (symbols) addSymbols(tree, phandles);
  if (isPlugin) addFixups(tree, uses);
  const fdt: Fdt = { bootCpuidPhys, reservations: [...reservations], root: nodeOf(tree.root) };
  checkTree(fdt);
  return fdt;
}

/** What dtc takes for it: `reg` of the first CPU, where it is one cell; even of a node that is left out later. */
function bootCpuOf(root: SourceNode): number {
  const cpus = root.children.get('cpus');
  const [first] = cpus?.isDeleted === false ? cpus.children.values() : [];
  const bytes = first?.live('reg')?.value.bytes;
  return bytes?.length === 4 ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) : 0;
}

function nodeOf(node: SourceNode): FdtNode {
  const properties = node.liveProperties().map(({ name, value }) => ({ name, value: value.bytes }));
  // What is done is not needed twice.
  node.properties.clear();
  return { name: node.name, properties, children: node.liveChildren().map(nodeOf) };
}
