import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const packages = join(dirname(import.meta.dirname), 'packages');

/** The examples that print: each `console.log(…); // output` says what it prints. */
const examples = readdirSync(packages).flatMap((name) => {
  const file = join(packages, name, 'README.md');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const code = /```ts\n([\s\S]*?)```/.exec(text)?.[1];
  return code !== undefined && /^console\.log/m.test(code) ? [{ name, code }] : [];
});

test('most packages have an example that prints', () => {
  expect(examples.length).toBeGreaterThanOrEqual(5);
});

test.each(examples)('the example of $name prints what it says', ({ name, code }) => {
  // Beside the package, so that its own name and its dependencies resolve as a reader's would.
  const file = join(packages, name, '.readme-example.mjs');
  writeFileSync(file, code);
  try {
    const printed = execFileSync(process.execPath, [file], { encoding: 'utf8' }).trimEnd().split('\n');
    const promised = [...code.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1]);
    expect(printed).toEqual(promised);
  } finally {
    rmSync(file);
  }
});
