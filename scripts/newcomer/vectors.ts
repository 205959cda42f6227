import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CopyOfTree } from '../testing/copy-of-tree.ts';
import { before, type Demonstration } from './demonstration.ts';

const ANSWER = "  ['skip_spaces', (input) => ({ rest: text(input, 's').trimStart() })],\n";

/** Answers a file of Linux's answers with the packages of the copy; each is an input and an output. */
function answer(copy: CopyOfTree, ...cases: readonly (readonly [s: string, rest: string])[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'kexeckit-vectors-'));
  try {
    const lines = cases.map(([s, rest], id) =>
      JSON.stringify({ id, fn: 'skip_spaces', input: { s }, output: { rest } }),
    );
    writeFileSync(join(folder, 'spaces.jsonl'), lines.join('\n'));
    return copy.run('node', 'tools/vectors/dist/main.js', join(folder, 'spaces.jsonl')).output;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `skip_spaces` of the kernel's library. */
export const vectors: Demonstration = {
  row: 'function that Linux has answered for',
  add: (copy) => copy.edit('packages/cmdline/vectors/answer.ts', before("  ['parse_crashkernel'", ANSWER)),
  sees: {
    'files of its answers are answered': (copy) => {
      expect(answer(copy, ['  a b', 'a b'], ['', ''])).toBe('2 passed, 0 failed\n');
      expect(answer(copy, [' a', ' a'])).toMatch(/^FAILED 0\n[\s\S]*\n0 passed, 1 failed\n$/);
    },
  },
};
