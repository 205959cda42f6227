/** Where the lines of a file are: every so many lines, where the next one begins. */
export interface LineIndex {
  readonly lines: number;
  /** Bytes before line 0, `EVERY`, twice `EVERY`… */
  readonly starts: Float64Array;
}

/** Lines between two places that are known: a file of nothing but line feeds has few of them. */
const EVERY = 64;
/** Bytes of a line that are shown. */
const SHOWN = 1000;
const CHUNK = 2 ** 18;
const FEED = 0x0a;

/** Finds the lines of a file that comes bit by bit: they end with line feeds. */
export class LineIndexer {
  readonly #starts: number[] = [];
  #lines = 0;
  #bytes = 0;
  /** Whether the next byte begins a line. */
  #begins = true;

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#begins) this.#begin(at);
      const feed = bytes.indexOf(FEED, at);
      this.#begins = feed >= 0;
      if (feed < 0) break;
      at = feed + 1;
    }
    this.#bytes += bytes.length;
  }

  #begin(at: number): void {
    if (this.#lines % EVERY === 0) this.#starts.push(this.#bytes + at);
    this.#lines += 1;
  }

  end(): LineIndex {
    return { lines: this.#lines, starts: Float64Array.from(this.#starts) };
  }
}

/** Characters that would act on what is shown around them, or cannot be seen. */
const UNSEEN = /[^\t\P{Cc}]|\p{Cf}|\p{Zl}|\p{Zp}/gu;

/** What is shown of a line: controls as the signs that Unicode has for them. */
const shownText = (text: string): string =>
  text.trimEnd().replaceAll(UNSEEN, (sign) => {
    const code = sign.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? '\u2421' : '\uFFFD';
  });

/** The lines of a file from one to before another, from 0: of long ones the beginning. */
export async function readLines(file: Blob, index: LineIndex, from: number, to: number): Promise<string[]> {
  const first = Math.floor(from / EVERY);
  const end = index.starts[Math.ceil(to / EVERY)] ?? file.size;
  const found: string[] = [];
  let [line, rest] = [first * EVERY, new Uint8Array(0)];
  const give = (): void => {
    if (line >= from && line < to) found.push(shownText(new TextDecoder().decode(rest)));
    line += 1;
    rest = new Uint8Array(0);
  };
  for (let place = index.starts[first] ?? file.size; place < end && line < to; place += CHUNK) {
    const bytes = new Uint8Array(await file.slice(place, Math.min(end, place + CHUNK)).arrayBuffer());
    for (let at = 0; at < bytes.length && line < to; ) {
      const feed = bytes.indexOf(FEED, at);
      rest = joined(rest, bytes.subarray(at, feed < 0 ? bytes.length : feed));
      at = feed < 0 ? bytes.length : feed + 1;
      if (feed >= 0) give();
    }
  }
  if (rest.length > 0) give();
  return found;
}

/** As much of two as is shown of a line. */
function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const more = other.subarray(0, SHOWN - one.length);
  const both = new Uint8Array(one.length + more.length);
  both.set(one);
  both.set(more, one.length);
  return both;
}
