const ESC = String.fromCharCode(0x1b);

/** Colours, and how the status line is rewritten: the only things that this program asks of a terminal. */
const OURS = new RegExp(`(${ESC}\\[[0-9;]*m|\\r${ESC}\\[K)`, 'u');

/** Controls but tab and line feed, and what would turn a line around. */
const CONTROLS = /(?![\t\n])[\p{Cc}\p{Bidi_Control}]/gu;

/** A text that may hold what others wrote, names, messages, consoles: nothing in it acts on the terminal but colours. */
export function printable(text: string): string {
  return text
    .split(OURS)
    .map((part, at) => (at % 2 === 1 ? part : part.replaceAll(CONTROLS, shown)))
    .join('');
}

/** A control as people write it: `\x1b`. */
const shown = (control: string): string => {
  const code = control.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
};
