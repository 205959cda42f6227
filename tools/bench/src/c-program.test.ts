import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { cProgram } from './c-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'kexeckit-c-'));
afterAll(() => rmSync(folder, { recursive: true }));

function source(name: string, text: string): URL {
  const path = join(folder, name);
  writeFileSync(path, text);
  return pathToFileURL(path);
}

test('a program is compiled once and tells nanoseconds; one that fails is an error', () => {
  const good = source('good.c', '#include <stdio.h>\nint main(int n, char **v) { puts(v[n - 1]); return 0; }\n');
  const run = cProgram(good, '12.5');
  // Without a C compiler there is nothing to hold against.
  if (run === undefined) return;
  expect(run()).toBe(12.5);
  expect(() => cProgram(good, 'nothing')?.()).toThrow(/nothing/);
  expect(() => cProgram(source('bad.c', 'int main(void) { return x; }\n'))).toThrow(/does not compile/);
});
