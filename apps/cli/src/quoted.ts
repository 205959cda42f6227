/** A text as one word of a shell, whatever is in it: sh, bash, zsh. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A path as a word of a command that people copy: quoted where it has to be, and never taken for an option. */
export function shellWord(path: string): string {
  const named = path.startsWith('-') ? `./${path}` : path;
  return /^[\w./@%+:,-]+$/.test(named) ? named : quoted(named);
}
