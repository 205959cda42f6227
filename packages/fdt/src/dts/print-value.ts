import { valueForm } from '../form.ts';
import type { FdtProperty } from '../tree.ts';
import type { TextSink } from './text-sink.ts';

/** Prints a property's value behind its name: nothing, text, cells or bytes, as they are guessed. */
export function printValue(sink: TextSink, { name, value }: FdtProperty): void {
  const form = valueForm(name, value);
  if (form === 'empty') return;
  sink.text(' = ');
  FORMS[form](sink, value);
}

const TAB = 0x09;
const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
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

const FORMS = { text: printStrings, cells: printCells, bytes: printBytes } as const;
