/** Characters of a sequence, at most: what is longer is text. */
const SEQUENCE_MAX = 256;

const [BEL, CAN, SUB, ESC, CSI, ST] = ['\x07', '\x18', '\x1a', '\x1b', '\x9b', '\x9c'];
/** Characters that begin something which a terminal does not show, or that it does not show themselves. */
const CONTROL = /[^\P{Cc}\t\n\r]/u;
/** DCS, SOS, OSC, PM and APC, behind ESC and in one character. */
const STRINGS = { behindEsc: 'PX]^_', alone: '\x90\x98\x9d\x9e\x9f' };

/** Where the next control character is, or the end. */
function controlIn(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 ? code !== 9 && code !== 10 && code !== 13 : code >= 0x7f && code <= 0x9f) return at;
  }
  return text.length;
}

/** text → behind ESC → in a sequence, a control sequence (ESC [) or a string (ESC ]) → text */
type State = 'text' | 'escape' | 'sequence' | 'control' | 'string' | 'string end';

/**
 * What a person reads of what a console prints: without escape sequences (ECMA-48), however they are cut, and without
 * other control characters than tabs and ends of lines. A sequence that is never ended hides nothing for longer than its
 * line: what stands in it is text then.
 */
export class PlainText {
  #state: State = 'text';
  #sequence = '';

  push(text: string): string {
    if (this.#state === 'text' && !CONTROL.test(text)) return text;
    let plain = '';
    for (let at = 0; at < text.length; at++) {
      if (this.#state === 'text') {
        const next = controlIn(text, at);
        plain += text.slice(at, next);
        at = next;
      }
      if (at < text.length) plain += this.#take(text.charAt(at));
    }
    return plain;
  }

  #take(letter: string): string {
    if (letter === '\n' || letter === CAN || letter === SUB) return this.#giveUp() + (letter === '\n' ? letter : '');
    // A sequence that begins within another ends it; within a string, it may be the string's end.
    if (letter === ESC && this.#state !== 'string') return this.#begin('escape');
    switch (this.#state) {
      case 'text':
        return this.#text(letter);
      case 'escape':
        return this.#escape(letter);
      case 'sequence':
        return this.#until(letter, '0', '~', '\x20', '/');
      case 'control':
        return this.#until(letter, '@', '~', '\x20', '?');
      case 'string':
        return this.#string(letter);
      case 'string end':
        // ESC \ ends a string; another sequence does so too.
        this.#sequence = '';
        return letter === '\\' ? this.#begin('text') : this.#escape(letter);
    }
  }

  #text(letter: string): string {
    if (letter === CSI) return this.#begin('control');
    if (STRINGS.alone.includes(letter)) return this.#begin('string');
    return CONTROL.test(letter) ? '' : letter;
  }

  #escape(letter: string): string {
    if (letter === '[') return this.#begin('control');
    if (STRINGS.behindEsc.includes(letter)) return this.#begin('string');
    this.#state = 'sequence';
    return this.#until(letter, '0', '~', '\x20', '/');
  }

  /** A sequence goes on with parameters and ends with a final character; anything else does not belong to it. */
  #until(letter: string, first: string, last: string, least: string, most: string): string {
    if (letter >= first && letter <= last) return this.#begin('text');
    if (letter >= least && letter <= most) return this.#keep(letter);
    return this.#giveUp() + this.#text(letter);
  }

  #string(letter: string): string {
    if (letter === BEL || letter === ST) return this.#begin('text');
    if (letter !== ESC) return this.#keep(letter);
    this.#state = 'string end';
    return '';
  }

  #begin(state: State): string {
    this.#state = state;
    this.#sequence = '';
    return '';
  }

  #keep(letter: string): string {
    this.#sequence += letter;
    return this.#sequence.length > SEQUENCE_MAX ? this.#giveUp() : '';
  }

  /** It was no sequence: what was taken for one is text. */
  #giveUp(): string {
    const text = [...this.#sequence].filter((letter) => !CONTROL.test(letter)).join('');
    this.#begin('text');
    return text;
  }
}
