/** Notes of a plan at most, and characters of each: a saved plan has room for as many, and people no time for more. */
export const NOTES_MAX = 16;
const CHARACTERS_MAX = 400;

/** What begins a new line, or acts on a terminal: notes repeat what files say, and nothing of that may look like ours. */
const BREAKS = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/** What others wrote, as part of a note: in one line, and shortened. */
export function quoted(text: string, most: number = CHARACTERS_MAX): string {
  const characters = [...text.slice(0, 2 * most)];
  const cut = characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : characters.join('');
  return cut.replaceAll(BREAKS, (control) => {
    const code = control.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
  });
}

/** The first of many, and how many more there are: `more` says what they are. */
export const few = (all: readonly string[], most: number, more: string): string[] =>
  all.length <= most ? [...all] : [...all.slice(0, most - 1), `${all.length - most + 1} ${more}`];

/** The notes of a plan: each a line, and no more than a saved plan has room for. */
export const fewNotes = (notes: readonly string[]): string[] =>
  few(notes, NOTES_MAX, 'notes more').map((note) => quoted(note));
