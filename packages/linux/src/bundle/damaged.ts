import { LinuxError } from '../error.ts';

/** What to do about a bundle that is none. */
export const HINT = 'give a file that kexeckit doctor --collect has written';

/** What somebody else has written, as it may stand in a message: one line. */
export const plain = (text: string): string => JSON.stringify(text.slice(0, 100)).slice(1, -1);

/** The same in quotation marks. */
export const quoted = (text: string): string => `"${plain(text)}"`;

/** A bundle that nobody could have collected. */
export const damaged = (what: string, details: { readonly cause?: unknown } = {}): LinuxError =>
  new LinuxError('EINVAL', `the bundle is damaged: ${what}`, HINT, details);
