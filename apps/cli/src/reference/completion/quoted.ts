/** A text as one word of a shell: bash, zsh. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
