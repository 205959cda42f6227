import type { FdtProperty } from '../tree.ts';
import type { TextSink } from './text-sink.ts';

/** Prints a property's value behind its name: nothing, text, cells or bytes, as they are guessed. */
export function printValue(sink: TextSink, { name, value }: FdtProperty): void {
  if (value.length === 0) return;
  sink.text(' = ');
  if (isText(name, value)) printStrings(sink, value);
  else if (value.length % 4 === 0) printCells(sink, value);
  else printBytes(sink, value);
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
  let before = 0;
  for (const byte of value) {
    if (byte === 0 ? before === 0 : !isPrintable(byte)) return false;
    before = byte;
  }
  return true;
}

const TAB = 0x09;
const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const isPrintable = (byte: number): boolean => (byte >= 0x20 && byte < 0x7f) || byte === TAB || byte === NEWLINE;
const ESCAPES = new Map([
  [TAB, '\\t'],
  [NEWLINE, '\\n'],
  [QUOTE, '\\"'],
  [BACKSLASH, '\\\\'],
]);

function printStrings(sink: TextSink, value: Uint8Array): void {
  sink.letter(QUOTE);
  for (let at = 0; at < value.length - 1; at++) {
    const byte = value[at] ?? 0;
    const escaped = byte === 0 ? '", "' : ESCAPES.get(byte);
    if (escaped === undefined) sink.letter(byte);
    else sink.text(escaped);
  }
  sink.letter(QUOTE);
}

function printCells(sink: TextSink, value: Uint8Array): void {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  for (let at = 0; at < value.length; at += 4) {
    sink.text(at === 0 ? '<' : ' ');
    sink.cell(view.getUint32(at));
  }
  sink.text('>');
}

function printBytes(sink: TextSink, value: Uint8Array): void {
  value.forEach((byte, at) => {
    sink.text(at === 0 ? '[' : ' ');
    sink.byte(byte);
  });
  sink.text(']');
}
