/** What a property's bytes are taken for. */
export type ValueForm = 'empty' | 'text' | 'cells' | 'bytes';

/**
 * What a value is, as far as anybody can tell: a blob does not say. Well-known names count first, then text if every byte could be
 * text, then cells; a value that is none of these is bytes.
 */
export function valueForm(name: string, value: Uint8Array): ValueForm {
  if (value.length === 0) return 'empty';
  if (isText(name, value)) return 'text';
  return value.length % 4 === 0 ? 'cells' : 'bytes';
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

/** Whether the bytes look like texts, and the name says nothing else. */
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
const isPrintable = (byte: number): boolean => (byte >= 0x20 && byte < 0x7f) || byte === TAB || byte === NEWLINE;
