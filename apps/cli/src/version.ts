import { readFileSync } from 'node:fs';

/** The version of this command, from its package.json. */
function ownVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version }: { readonly version?: unknown } = JSON.parse(manifest);
  return String(version);
}

/** The name and the version of the command. */
export const versionText = (): string => `kexeckit ${ownVersion()}`;
