const ESC = String.fromCharCode(0x1b);

/** How the status line is wiped: told by itself, never in a text. */
export const WIPED: string = `\r${ESC}[K`;

/** Plain, bold and dim, and colours of letters: what this program, and a console, write with. Nothing that hides what follows. */
const CODE = '(?:[0-2]|22|3[1-79]|9[1-7])';
const COLOURS = new RegExp(`(${ESC}\\[(?:${CODE}(?:;${CODE})*)?m)`, 'u');

/** Controls but tab and line feed, and what would turn a line around. */
const CONTROLS = /(?![\t\n])[\p{Cc}\p{Bidi_Control}]/gu;
/** The same with them, and what else begins a line. */
const BREAKS = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;
/** The same where only what JSON leaves as it is can stand. */
const IN_JSON = /[\u007f-\u009f\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/** A text that may hold what others wrote, names, messages, consoles: nothing in it acts on the terminal but colours. */
export function printable(text: string): string {
  if (text === WIPED) return text;
  return text
    .split(COLOURS)
    .map((part, at) => (at % 2 === 1 ? part : part.replaceAll(CONTROLS, shown)))
    .join('');
}

/** What others wrote, as a part of a line of ours: it begins no other line, and colours nothing. */
export const inLine = (text: string): string => text.replaceAll(BREAKS, shown);

/** A JSON text that nothing has to be changed in any more before it is printed. */
export const printableJson = (json: string): string => json.replaceAll(IN_JSON, escaped);

/** A control as people write it: `\x1b`. */
const shown = (control: string): string => {
  const code = control.charCodeAt(0).toString(16);
  return code.length > 2 ? escaped(control) : `\\x${code.padStart(2, '0')}`;
};

const escaped = (control: string): string => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
