import * as v from 'valibot';
import type { ClockSettings } from '../clock.ts';
import { FleetError } from '../error.ts';
import type { Halted } from './halts.ts';

/** A message between a worker and the farm. */
export interface Frame {
  /** Which request it is, or is of. */
  readonly id: number;
  /** JSON. */
  readonly header: unknown;
  readonly body: Uint8Array;
}

/** Bytes of a frame: more is a mistake, or another language, whose first letters are a large number. */
const FRAME_MOST = 1 << 28;
/** Length of all that follows, id, length of the header: 32 bits each. */
const HEAD = 12;
const NO_BODY = new Uint8Array(0);

/** A frame as it goes over the wire. */
export function encodeFrame(id: number, header: unknown, body: Uint8Array = NO_BODY): Uint8Array {
  const text = JSON.stringify(header);
  const headerLength = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(HEAD + headerLength + body.length);
  frame.writeUInt32LE(HEAD - 4 + headerLength + body.length, 0);
  frame.writeUInt32LE(id, 4);
  frame.writeUInt32LE(headerLength, 8);
  frame.write(text, HEAD);
  frame.set(body, HEAD + headerLength);
  return frame;
}

/** Puts frames together from what comes in pieces. */
export class FrameReader {
  readonly #take: (frame: Frame) => void;
  #pieces: Buffer[] = [];
  #length = 0;
  #wanted = HEAD;

  constructor(take: (frame: Frame) => void) {
    this.#take = take;
  }

  /** @throws FleetError, SyntaxError for what is no frame. */
  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length < this.#wanted) return;
    const all = this.#pieces.length === 1 ? piece : Buffer.concat(this.#pieces);
    const left = this.#takeFrom(all);
    this.#pieces = left.length === 0 ? [] : [left];
    this.#length = left.length;
  }

  /** Takes the whole frames, and says what is left. */
  #takeFrom(all: Buffer): Buffer {
    let at = 0;
    for (;;) {
      const left = all.length - at;
      this.#wanted = left < HEAD ? HEAD : 4 + lengthAt(all, at);
      if (left < this.#wanted) return all.subarray(at);
      const headerEnd = at + HEAD + all.readUInt32LE(at + 8);
      const end = at + this.#wanted;
      this.#take({
        id: all.readUInt32LE(at + 4),
        header: JSON.parse(all.toString('utf8', at + HEAD, headerEnd)),
        body: all.subarray(headerEnd, end),
      });
      at = end;
    }
  }
}

function lengthAt(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32LE(at);
  if (length > FRAME_MOST || length < HEAD - 4) throw new FleetError('EPROTO', 'no frame', 'see who talks to the farm');
  return length;
}

/** The header of what a worker, or a test, sends. */
export type WireRequest =
  /** The body is standard input where `stdin` is true. */
  | {
      readonly do: 'run';
      readonly worker: string;
      readonly host: string;
      readonly argv: readonly string[];
      readonly stdin: boolean;
      readonly limitMs: number;
      readonly maxBytes: number;
    }
  | { readonly do: 'cut'; readonly worker: string; readonly host: string; readonly until: number }
  | { readonly do: 'note'; readonly what: string }
  | { readonly do: 'go-on'; readonly halt: number; readonly arrives: boolean }
  /**
   * `halted` is answered when a halt is reached. `ledger`: it is written as far as it goes; what of it is in memory is the body of the reply,
   * as JSON lines.
   */
  | { readonly do: 'arm' | 'mend' | 'ledger' | 'figures' | 'clock' | 'halted' };

/** The header of what the farm sends; standard output is the body. */
export type WireResponse =
  | { readonly code: number | null; readonly stderr: string }
  | { readonly trouble: string; readonly what: string };

/** What a farm has cost so far. */
export interface FarmFigures {
  /** Programs that workers ran. */
  readonly requests: number;
  /** Milliseconds of CPU. */
  readonly cpuMs: number;
  /** Bytes of memory. */
  readonly rss: number;
}

const text = v.string();
const number = v.number();
const run = { worker: text, host: text, argv: v.array(text), stdin: v.boolean(), limitMs: number, maxBytes: number };

const requestSchema = v.variant('do', [
  v.object({ do: v.literal('run'), ...run }),
  v.object({ do: v.literal('cut'), worker: text, host: text, until: number }),
  v.object({ do: v.literal('note'), what: text }),
  v.object({ do: v.literal('go-on'), halt: number, arrives: v.boolean() }),
  v.object({ do: v.picklist(['arm', 'mend', 'ledger', 'figures', 'clock', 'halted']) }),
]);
const troubleSchema = v.object({ trouble: text, what: text });
const responseSchema = v.union([v.object({ code: v.nullable(number), stderr: text }), troubleSchema]);
const clockSchema = v.object({ scale: v.pipe(number, v.gtValue(0)), start: number, realStart: number });
const haltedSchema = v.object({ halt: number, worker: text });
const figuresSchema = v.object({ requests: number, cpuMs: number, rss: number });

/** @throws ValiError */
export const requestOf = ({ header }: Frame): WireRequest => v.parse(requestSchema, header);
/** @throws ValiError */
export const responseOf = ({ header }: Frame): WireResponse => v.parse(responseSchema, header);
/** @throws ValiError */
export const figuresOf = ({ header }: Frame): FarmFigures => v.parse(figuresSchema, header);
/** @throws FleetError EINVAL where the farm says that it makes no sense. */
export function checkDone({ header }: Frame): void {
  if (!v.is(troubleSchema, header)) return;
  throw new FleetError('EINVAL', `the farm does not do it: ${header.what}`, 'see what it is told');
}
/** @throws ValiError */
export const haltedOf = ({ header }: Frame): Halted => v.parse(haltedSchema, header);
/** @throws ValiError */
export const clockOf = ({ header }: Frame): ClockSettings => v.parse(clockSchema, header);
