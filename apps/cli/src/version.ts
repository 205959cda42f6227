import { ownVersion } from './own-version.ts';

/** The name and the version of the command. */
export const versionText = (): string => `kexeckit ${ownVersion()}`;
