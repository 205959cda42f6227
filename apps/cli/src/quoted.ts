/** A text as one word of a shell, whatever is in it: sh, bash, zsh. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
