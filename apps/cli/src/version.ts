import { readFileSync } from 'node:fs';

/** The name and the version of the command, as its package.json has it. */
export function versionText(): string {
  const { version }: { readonly version?: unknown } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return `kexeckit ${String(version)}`;
}
