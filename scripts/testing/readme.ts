import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, workspaceMembers } from './copy-of-tree.ts';

/** A ```` ```ts ```` block of a README. */
export interface Example {
  /** The README and the line of the block's first line, as `packages/fdt/README.md:6`. */
  readonly name: string;
  /** The folder from which its imports are resolved. */
  readonly member: string;
  readonly code: string;
  /** Whether it is run: it is, unless the block is marked `ts no-run`. */
  readonly runs: boolean;
}

/** The READMEs of the root and of all packages and apps. Examples of the root's see what the command sees. */
function readmes(): { readonly file: string; readonly member: string; readonly text: string }[] {
  const members = workspaceMembers().filter((member) => !member.startsWith('tools/'));
  const files = [
    { file: 'README.md', member: 'apps/cli' },
    ...members.map((member) => ({ file: `${member}/README.md`, member })),
  ];
  return files
    .filter(({ file }) => existsSync(join(root, file)))
    .map((entry) => ({ ...entry, text: readFileSync(join(root, entry.file), 'utf8') }));
}

/** All TypeScript examples of all READMEs. */
export function examples(): Example[] {
  return readmes().flatMap(({ file, member, text }) =>
    [...text.matchAll(/^```ts( no-run)?\n([\s\S]*?)^```$/gm)].map(({ 1: mark, 2: code = '', index }) => {
      const line = text.slice(0, index).split('\n').length + 1;
      return { name: `${file}:${line}`, member, code, runs: mark === undefined };
    }),
  );
}

/**
 * Tells of a name whether a README has it in backticks: alone or before anything else (`plan(request)`), or within a row
 * of numbered names that is written as `` `x0` … `x30` ``. Code blocks do not count.
 */
export function namesInReadme(text: string): (name: string) => boolean {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
  const names = new Set([...prose.matchAll(/`([A-Za-z_$][\w$]*)[^`]*`/g)].map((match) => match[1]));
  const rows = [...prose.matchAll(/`([A-Za-z_]+)(\d+)` ?… ?`([A-Za-z_]+)(\d+)`/g)].filter(([, a, , b]) => a === b);
  for (const [, prefix, first, , last] of rows) {
    for (let number = Number(first); number <= Number(last); number++) names.add(`${prefix}${number}`);
  }
  return (name) => names.has(name);
}
