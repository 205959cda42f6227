import type { FdtBlob } from '../blob/fdt-blob.ts';
import { parseFdt } from '../parse.ts';
import { largestPhandle, noneLeft } from '../phandle.ts';
import { readString, readU32, u32Value } from '../values.ts';
import { concat } from './escapes.ts';
import { unexpected } from './expression.ts';
import { Lexer } from './lexer.ts';
import { errorAt } from './source.ts';
import type { Reference, SourceValue } from './source-tree.ts';
import { ValueParser } from './value-parser.ts';

/** How a value is read. */
export interface DtsValueOptions {
  /** What errors call the text. */
  readonly name?: string;
  /** The tree that references lead into; a node that is referred to and has no phandle gets one. Without it, they are refused. */
  readonly blob?: FdtBlob;
}

/**
 * Reads the value of a property as DTS has it between `=` and `;`: `"text"`, `<1 0x2>`, `[00 ff]`, `/bits/ 64 <1>`, several behind
 * commas, and references to nodes by path (`&{/soc/uart}`), or by a label or alias that the tree knows.
 *
 * @throws FdtError with `line` and `column`: `EINVAL` for what is no value, `ERANGE` for a number that does not fit, `ENOENT` for a
 *   reference to nothing
 */
export function parseDtsValue(text: string, { name = 'value', blob }: DtsValueOptions = {}): Uint8Array {
  const lexer = new Lexer({ name, text }, undefined);
  const value = new ValueParser(lexer, undefined).parse();
  const end = lexer.peek();
  if (end.kind !== 'end') throw unexpected(end, 'the end of the value');
  return resolved(value, blob);
}

function resolved({ bytes, references }: SourceValue, blob: FdtBlob | undefined): Uint8Array {
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const reference of references) {
    const path = pathOf(reference, blob);
    pieces.push(bytes.subarray(from, reference.offset));
    from = reference.offset;
    if (blob === undefined || reference.kind === 'path') pieces.push(new TextEncoder().encode(`${path}\0`));
    else {
      pieces.push(u32Value(phandleIn(blob, path)));
      from += 4;
    }
  }
  return concat([...pieces, bytes.subarray(from)]);
}

/** The path that a reference leads to. @throws FdtError `ENOENT` */
function pathOf({ target, place }: Reference, blob: FdtBlob | undefined): string {
  const named = ['/__symbols__', '/aliases'].map((node) => blob?.getProperty(node, target));
  const label = target.startsWith('/') ? undefined : named.find((value) => value !== undefined);
  const path = label === undefined ? target : readString(label);
  if (blob?.hasNode(path)) return path;
  const hint = 'give the path of a node as &{/path}, or a label or alias that the tree has';
  throw errorAt('ENOENT', place, `a reference to ${JSON.stringify(target)}, which is not there`, hint);
}

/** The phandle of a node; one that has none gets the next above all others. */
function phandleIn(blob: FdtBlob, path: string): number {
  for (const name of ['phandle', 'linux,phandle']) {
    const value = blob.getProperty(path, name);
    if (value?.length === 4) return readU32(value);
  }
  const next = largestPhandle(parseFdt(blob.pack()).root) + 1;
  if (next >= 0xffffffff) throw noneLeft(next);
  blob.setProperty(path, 'phandle', u32Value(next));
  return next;
}
