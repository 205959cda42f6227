import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import type { CopyOfTree } from '../testing/copy-of-tree.ts';

/** Where the lab is built: git ignores it, and it is not what the copy has been made with. */
const FOLDER = 'dist';
const ASSETS = `apps/web/${FOLDER}/assets`;

/** Checks the types of the lab in the copy, and bundles it. */
export function buildLab(copy: CopyOfTree): void {
  expect(copy.runIn('apps/web', 'tsc', '-p', 'tsconfig.json')).toMatchObject({ status: 0, output: '' });
  const { status, output } = copy.runIn('apps/web', 'vite', 'build', '--outDir', FOLDER);
  expect(status, output).toBe(0);
}

/** The names of the lab's built scripts that have a text. */
export function bundled(copy: CopyOfTree, text: string): string[] {
  const scripts = readdirSync(copy.path(ASSETS)).filter((name) => name.endsWith('.js'));
  return scripts.filter((name) => copy.read(`${ASSETS}/${name}`).includes(text));
}
