import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellWords } from './shell-words.ts';

/** What a real shell makes of a command line: each word on its own. */
function wordsOf(line: string): string[] {
  const { stdout, status } = spawnSync('sh', ['-c', line], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, x: 'y' },
  });
  expect(status).toBe(0);
  return stdout.split('\0').slice(0, -1);
}

/** Made of what means something to a shell. */
const word = fc.string({
  unit: fc.constantFrom(...'\'"\\$`!*?[]{}()<>|&;#~=%^ \t\n\r-ab\u00e9\u{1f600}'),
  maxLength: 12,
});

describe('words for a remote shell', () => {
  it('arrive as they were', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        const line = shellWords(['printf', '%s\\0', 'begin', ...words]);
        expect(wordsOf(line)).toEqual(['begin', ...words]);
      }),
      { numRuns: 60 },
    );
  });

  it.each(['$(touch x)', '`id`', '; reboot', "'; reboot; '", '\n reboot', '$x', '~', '-n', ''])(
    '%j stays one word',
    (text) => {
      expect(wordsOf(shellWords(['printf', '%s\\0', text]))).toEqual([text]);
    },
  );

  it('cannot hold a character of code 0', () => {
    expect(() => shellWords(['a\0b'])).toThrow(expect.objectContaining({ name: 'FleetError', code: 'EINVAL' }));
  });
});
