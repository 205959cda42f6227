import { checkTree } from '../check.ts';
import type { Fdt, FdtNode, FdtProperty } from '../tree.ts';
import { BootCpuNote } from './boot-cpu.ts';
import { printValue } from './print-value.ts';
import { TextSink } from './text-sink.ts';

/**
 * Prints a device tree as DTS text (Devicetree Specification v0.4 chapter 6) that `dtc` and {@link parseDts} compile back
 * to the same blob.
 *
 * A blob does not say what its values mean, so the form is guessed: well-known names first, then text if every byte
 * could be text, then `<cells>`, then `[bytes]`. DTS cannot say the boot CPU: where compilers would guess another one, a
 * node that they leave out (`/omit-if-no-ref/`) tells them.
 *
 * @throws FdtError `EINVAL`, `EEXIST` or `ERANGE` for a tree that {@link serializeFdt} would not write either
 */
export function printDts(fdt: Fdt): string {
  const pieces: string[] = [];
  writeDts(fdt, (text) => pieces.push(text));
  return pieces.join('');
}

/**
 * Prints as {@link printDts} does, giving the text on in pieces of some 64 KiB: memory does not grow with the tree.
 *
 * @throws FdtError as printDts, before the first piece
 */
export function writeDts(fdt: Fdt, write: (text: string) => void): void {
  checkTree(fdt);
  const sink = new TextSink(write);
  sink.text('/dts-v1/;\n');
  for (const { address, size } of fdt.reservations) sink.text(`/memreserve/ ${hex64(address)} ${hex64(size)};\n`);
  sink.letter(NEWLINE);
  printNode({ sink, bootCpu: new BootCpuNote(fdt.root, fdt.bootCpuidPhys) }, fdt.root, 0);
  sink.flush();
}

/** Prints one node and all below it, without a header. */
export function printSubtree(node: FdtNode): string {
  const pieces: string[] = [];
  const sink = new TextSink((text) => pieces.push(text));
  printNode({ sink }, node, 0);
  sink.flush();
  return pieces.join('');
}

/** Prints one property as it stands in a node, with its semicolon. */
export function printProperty(property: FdtProperty): string {
  const pieces: string[] = [];
  const sink = new TextSink((text) => pieces.push(text));
  writeProperty(sink, property);
  sink.flush();
  return pieces.join('');
}

interface Printer {
  readonly sink: TextSink;
  readonly bootCpu?: BootCpuNote;
}

const TAB = 0x09;
const NEWLINE = 0x0a;

function printNode(printer: Printer, node: FdtNode, depth: number): void {
  const { sink } = printer;
  indent(sink, depth);
  sink.text(node.name || '/');
  sink.text(' {\n');
  for (const property of node.properties) {
    indent(sink, depth + 1);
    writeProperty(sink, property);
    sink.letter(NEWLINE);
  }
  printer.bootCpu?.print(sink, node, depth);
  node.children.forEach((child, index) => {
    if (index > 0 || node.properties.length > 0) sink.letter(NEWLINE);
    printNode(printer, child, depth + 1);
  });
  indent(sink, depth);
  sink.text('};\n');
}

function writeProperty(sink: TextSink, property: FdtProperty): void {
  sink.text(property.name);
  printValue(sink, property);
  sink.text(';');
}

function indent(sink: TextSink, depth: number): void {
  for (let level = 0; level < depth; level++) sink.letter(TAB);
}

function hex64(value: bigint): string {
  return `0x${value.toString(16).padStart(16, '0')}`;
}
