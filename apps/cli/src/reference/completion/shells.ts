/** Shells whose command lines can be completed. */
export type Shell = 'bash' | 'zsh' | 'fish';

/** All of them. */
export const shells: readonly Shell[] = ['bash', 'zsh', 'fish'];
