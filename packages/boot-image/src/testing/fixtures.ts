import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url))));
}

/** Why a test must be skipped, or undefined if the tool is here. */
export function missing(tool: string): string | undefined {
  return spawnSync(tool, ['--version']).error === undefined ? undefined : `${tool} is not installed`;
}
