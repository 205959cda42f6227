import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as cmdline from './index.ts';

/** Every line `expression; // result` of the README's example. */
test("the README's example gives what it says", () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const claims = [...code.matchAll(/^(?!import|const)(.+?); \/\/ (.+)$/gm)];
  expect(claims.length).toBeGreaterThan(4);
  const setup = [...code.matchAll(/^const .+$/gm)].map(([line]) => line).join('\n');
  for (const [, expression, result] of claims) {
    const body = `const { ${Object.keys(cmdline).join(', ')} } = cmdline;\n${setup}\nreturn [${expression}, ${result}];`;
    const [actual, expected] = new Function('cmdline', body)(cmdline);
    expect(actual, expression).toEqual(expected);
  }
});
