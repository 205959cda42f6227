import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as ioport from './index.ts';

/** Every line `expression; // result` of the README's example, in order. */
test("the README's example gives what it says", () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const body = code.replace(/^import .*$/m, '').replaceAll(/^(.+?); \/\/ (.+)$/gm, 'results.push([$1, $2]);');
  const run = new Function(
    'ioport',
    `const { ${Object.keys(ioport).join(', ')} } = ioport; const results = []; ${body} return results;`,
  );
  const results: [unknown, unknown][] = run(ioport);
  expect(results).toHaveLength(5);
  for (const [actual, expected] of results) expect(actual).toEqual(expected);
});
