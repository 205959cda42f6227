/** Characters of one packet, at most, as it comes and as it is meant: the longest that are asked for have some thousands. */
const PACKET_MAX = 1 << 20;

/** What stands on the stream. */
export type Frame =
  | { readonly kind: 'packet'; readonly text: string }
  /** Something that the stub says on its own, and nobody acknowledges. */
  | { readonly kind: 'notification' }
  /** The stub has received a packet. */
  | { readonly kind: 'taken' }
  /** The stub wants to have the last packet again. */
  | { readonly kind: 'again' }
  | { readonly kind: 'nonsense'; readonly text: string };

/** A packet as it is sent: `$…#hh`. */
export const packetOf = (text: string): string => `$${text}#${checksum(text)}`;

/**
 * Takes frames off a stream, however it is cut (GDB Remote Serial Protocol, "Overview"). Each character is looked at
 * once, and no more than a packet is kept.
 *
 * between frames → in a frame → behind its `#` → between frames
 */
export class FrameReader {
  #state: 'between' | 'frame' | 'sum' = 'between';
  #isPacket = true;
  #body = '';
  #sum = '';

  /** The frames that this piece ends, up to what makes no sense. */
  *push(text: string): Generator<Frame> {
    for (let at = 0; at < text.length; ) {
      if (this.#state === 'between') {
        const frame = this.#begin(text, at);
        if (frame !== undefined) yield frame;
        if (frame?.kind === 'nonsense') return;
        at += 1;
      } else if (this.#state === 'frame') {
        at = this.#collect(text, at);
        if (this.#body.length < PACKET_MAX) continue;
        yield { kind: 'nonsense', text: this.#body };
        return;
      } else {
        this.#sum += text.charAt(at);
        at += 1;
        if (this.#sum.length === 2) yield this.#end();
      }
    }
  }

  /** Between frames `+` and `-` may stand: what was sent was received, or has to be sent again. */
  #begin(text: string, at: number): Frame | undefined {
    const sign = text.charAt(at);
    if (sign === '+') return { kind: 'taken' };
    if (sign === '-') return { kind: 'again' };
    if (sign !== '$' && sign !== '%') return { kind: 'nonsense', text: text.slice(at) };
    this.#state = 'frame';
    this.#isPacket = sign === '$';
    return undefined;
  }

  /** Adds what is there of a body; returns where it ends. */
  #collect(text: string, at: number): number {
    const hash = text.indexOf('#', at);
    const end = hash < 0 ? text.length : hash;
    this.#body += text.slice(at, end);
    if (hash >= 0) this.#state = 'sum';
    return end + 1;
  }

  #end(): Frame {
    const [body, sum] = [this.#body, this.#sum];
    this.#state = 'between';
    this.#body = '';
    this.#sum = '';
    const text = sum.toLowerCase() === checksum(body) ? meant(body) : undefined;
    if (text === undefined) return { kind: 'nonsense', text: `${this.#isPacket ? '$' : '%'}${body}#${sum}` };
    return this.#isPacket ? { kind: 'packet', text } : { kind: 'notification' };
  }
}

/** The sum of all characters, modulo 256, as two hexadecimal digits. */
function checksum(text: string): string {
  let sum = 0;
  for (let at = 0; at < text.length; at++) sum = (sum + text.charCodeAt(at)) & 0xff;
  return sum.toString(16).padStart(2, '0');
}

/** A run's length is a printable character, 29 more than how often the character before it is repeated. */
const RUN = { least: 0x20, most: 0x7e, bias: 29 };

/** What a body means: runs repeated, then escapes undone. Undefined where that cannot be done, or is too long. */
function meant(body: string): string | undefined {
  const whole = body.includes('*') ? repeated(body) : body;
  if (whole === undefined || !whole.includes('}')) return whole;
  // `}` and a character that has bit 5 flipped.
  let isWhole = true;
  const text = whole.replace(/}(.?)/gs, (_, letter: string) => {
    isWhole &&= letter !== '';
    return String.fromCharCode(letter.charCodeAt(0) ^ 0x20);
  });
  return isWhole ? text : undefined;
}

/** Runs follow each other, too: what is repeated is the last character that came of those before. */
function repeated(body: string): string | undefined {
  const parts: string[] = [];
  let last = '';
  let length = 0;
  let from = 0;
  for (let star = body.indexOf('*'); star >= 0; star = body.indexOf('*', from)) {
    const count = star + 1 < body.length ? body.charCodeAt(star + 1) : 0;
    if (star > from) last = body.charAt(star - 1);
    if (last === '' || count < RUN.least || count > RUN.most) return undefined;
    const run = body.slice(from, star) + last.repeat(count - RUN.bias);
    length += run.length;
    if (length > PACKET_MAX) return undefined;
    parts.push(run);
    from = star + 2;
  }
  return parts.join('') + body.slice(from);
}
