import { checkTree } from './check.ts';
import type { Fdt, FdtNode, FdtProperty } from './tree.ts';
import { readCells, readStrings } from './values.ts';

/**
 * Prints a device tree as DTS text (Devicetree Specification v0.4 chapter 6) that `dtc` compiles back to the same tree.
 *
 * A blob does not say what its values mean, so the form is guessed: well-known names first, then text if every byte
 * could be text, then `<cells>`, then `[bytes]`. DTS cannot say the boot CPU: if it is not 0 a comment does
 * (`dtc -b` sets it).
 *
 * @throws FdtError `EINVAL`, `EEXIST` or `ERANGE` for a tree that {@link serializeFdt} would not write either
 */
export function printDts(fdt: Fdt): string {
  checkTree(fdt);
  const bootCpu = fdt.bootCpuidPhys === 0 ? '' : `// boot_cpuid_phys = ${hex(fdt.bootCpuidPhys)}\n`;
  const reservations = fdt.reservations.map(({ address, size }) => `/memreserve/ ${hex64(address)} ${hex64(size)};\n`);
  return `/dts-v1/;\n${bootCpu}${reservations.join('')}\n${printNode(fdt.root, '')}`;
}

function printNode(node: FdtNode, indent: string): string {
  const inner = `${indent}\t`;
  const properties = node.properties.map((property) => `${inner}${printProperty(property)}\n`);
  const children = node.children.map((child) => printNode(child, inner));
  const blocks = properties.length > 0 ? [properties.join(''), ...children] : children;
  return `${indent}${node.name || '/'} {\n${blocks.join('\n')}${indent}};\n`;
}

function printProperty({ name, value }: FdtProperty): string {
  if (value.length === 0) return `${name};`;
  if (isText(name, value)) return `${name} = ${readStrings(value).map(quote).join(', ')};`;
  if (value.length % 4 === 0) return `${name} = <${readCells(value).map(hex).join(' ')}>;`;
  return `${name} = [${Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}];`;
}

// Names whose values are cells by the specification or by Linux's bindings, even if their bytes look like text.
const CELLS = new Set([
  'reg',
  'ranges',
  'dma-ranges',
  'phandle',
  'interrupts',
  'interrupt-parent',
  'interrupts-extended',
  'interrupt-map',
  'interrupt-map-mask',
  'clocks',
  'clock-frequency',
  'kaslr-seed',
  'rng-seed',
  'linux,initrd-start',
  'linux,initrd-end',
  'linux,elfcorehdr',
  'linux,usable-memory-range',
]);

function isText(name: string, value: Uint8Array): boolean {
  if (value.length % 4 === 0 && (CELLS.has(name) || name.endsWith('-cells'))) return false;
  if (value.at(-1) !== 0) return false;
  // A single NUL is the empty string; otherwise an empty string in a list is more likely part of a number.
  if (value.length === 1) return true;
  return value.every((byte, index) => isPrintable(byte) || (byte === 0 && index > 0 && value[index - 1] !== 0));
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a;
}

function quote(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  return `"${escaped}"`;
}

function hex(cell: number): string {
  return `0x${cell.toString(16)}`;
}

function hex64(value: bigint): string {
  return `0x${value.toString(16).padStart(16, '0')}`;
}
