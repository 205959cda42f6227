/** Tables of the characters that a kind of word is made of, by code. */
function table(characters: RegExp): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_, code) => (characters.test(String.fromCharCode(code)) ? 1 : 0));
}

export const SPACE: Uint8Array = table(/[ \t\n\v\f\r]/);
export const DIGIT: Uint8Array = table(/[0-9]/);
export const HEX: Uint8Array = table(/[0-9a-fA-F]/);
export const LABEL_START: Uint8Array = table(/[a-zA-Z_]/);
export const LABEL: Uint8Array = table(/[a-zA-Z0-9_]/);
export const NAME: Uint8Array = table(/[a-zA-Z0-9,._+*#?@-]/);
export const PATH: Uint8Array = table(/[a-zA-Z0-9,._+*#?@/-]/);

/** Whether the character at `at` is in a table. */
export function isAt(text: string, at: number, characters: Uint8Array): boolean {
  return at < text.length && characters[text.charCodeAt(at)] === 1;
}

/** Where the run of such characters that begins at `at` ends. */
export function endOfRun(text: string, at: number, characters: Uint8Array): number {
  let end = at;
  while (end < text.length && characters[text.charCodeAt(end)] === 1) end++;
  return end;
}
