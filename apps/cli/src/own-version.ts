import { readFileSync } from 'node:fs';

/** The version of this command, from its package.json. A bundle has it in the place of this module: no file is beside it. */
export function ownVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version }: { readonly version?: unknown } = JSON.parse(manifest);
  return String(version);
}
