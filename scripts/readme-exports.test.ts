import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportedNames } from './structure/exports.mjs';
import { root, workspaceMembers } from './testing/copy-of-tree.ts';
import { namesInReadme } from './testing/readme.ts';

/** What a reader can import of a package: the sources of each entry of its `exports`. */
function entriesOf(member: string): string[] {
  const { exports = {} } = JSON.parse(readFileSync(join(root, member, 'package.json'), 'utf8'));
  return Object.values<string | { default: string }>(exports).flatMap((entry) =>
    typeof entry === 'string' ? [] : [entry.default.replace('./dist/', `${member}/src/`).replace(/\.js$/, '.ts')],
  );
}

const packages = workspaceMembers()
  .filter((member) => !member.startsWith('tools/'))
  .map((member) => ({ member, entries: entriesOf(member) }))
  .filter(({ entries }) => entries.length > 0);

test.each(packages)('the README of $member names every export', ({ member, entries }) => {
  const names = namesInReadme(readFileSync(join(root, member, 'README.md'), 'utf8'));
  const missing = entries.flatMap((entry) => exportedNames(root, entry)).filter((name) => !names(name));
  expect(missing).toEqual([]);
});

describe('a name is found', () => {
  const cases = [
    ['`planReboot` makes a plan', true],
    ['`planReboot(request)` makes a plan', true],
    ['| `a`, `planReboot` |', true],
    ['planReboot makes a plan', false],
    ['`planRebootLater`', false],
    ['`x.planReboot`', false],
    ['```ts\nplanReboot();\n```', false],
  ] as const;

  test.each(cases)('in %j: %s', (text, expected) => {
    expect(namesInReadme(text)('planReboot')).toBe(expected);
  });

  test.each([
    ['x0', true],
    ['x17', true],
    ['x30', true],
    ['x31', false],
    ['w3', false],
    ['q', true],
  ])('in a row of numbered ones, `x0` … `x30`: %s: %s', (name, expected) => {
    expect(namesInReadme('`x0` … `x30` and `q`')(name)).toBe(expected);
  });
});
