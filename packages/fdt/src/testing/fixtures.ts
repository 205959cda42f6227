import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Every blob in fixtures/. */
export const BLOBS = ['board.dtb', 'board-v16.dtb', 'qemu-virt-gicv3-2g.dtb', 'uefi-stub-generated.dtb'] as const;

export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
}

export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(fixturePath(name)));
}

/** Why a test must be skipped, or undefined if the tool is here. */
export function missing(tool: string): string | undefined {
  return spawnSync(tool, ['--version']).error === undefined ? undefined : `${tool} is not installed`;
}

/** Runs dtc between two formats, on bytes. */
export function dtc(
  from: 'dts' | 'dtb',
  to: 'dts' | 'dtb',
  input: Uint8Array | string,
  ...options: string[]
): Uint8Array {
  const bytes = execFileSync('dtc', ['-q', '-I', from, '-O', to, ...options], {
    input,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return new Uint8Array(bytes);
}
