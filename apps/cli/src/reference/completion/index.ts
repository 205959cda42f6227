import type { OutlinedWord } from '../outline.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import type { Shell } from './shells.ts';
import { zshCompletion } from './zsh.ts';

/** The script that completes command lines of kexeckit in each shell. */
export const completionOf: Readonly<Record<Shell, (words: readonly OutlinedWord[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};
