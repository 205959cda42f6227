import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  appendParameter,
  CmdlineError,
  findParameters,
  formatParameter,
  getParameter,
  removeParameter,
  setParameter,
  takeOverCmdline,
  tokenize,
} from './index.ts';

fc.configureGlobal({ seed: 20190708, numRuns: 300 });

const RUNNING = 'BOOT_IMAGE=/boot/Image root=/dev/vda1  ro\tconsole=ttyS0 -- -x y\n';

describe('getParameter', () => {
  test('takes the last occurrence in front of --, dash and underscore alike', () => {
    expect(getParameter('log_buf_len=1M log-buf-len=2M -- log_buf_len=3M', 'log-buf_len')).toBe('2M');
  });

  test('tells a bare parameter from an absent one', () => {
    expect(getParameter('ro quiet', 'quiet')).toBeNull();
    expect(getParameter('ro quiet', 'splash')).toBeUndefined();
  });
});

describe('setParameter', () => {
  test.each([
    ['a=1 b', 'a', '2', 'a=2 b'],
    ['a=1  b a=3 c', 'a', '2', 'a=2  b c'],
    ['b', 'a', '2', 'b a=2'],
    ['b -- c', 'a', '2', 'b a=2 -- c'],
    ['', 'a', null, 'a'],
    ['x y=1\n', 'a', '2', 'x y=1 a=2\n'],
    ['a', 'a', 'two words', 'a="two words"'],
  ])('%j: %s=%j gives %j', (line, name, value, expected) => {
    expect(setParameter(line, name, value)).toBe(expected);
  });
});

describe('removeParameter', () => {
  test.each([
    ['a b c', 'b', 'a c'],
    ['a b b', 'b', 'a'],
    ['b  a\tb\n', 'b', 'a\n'],
    ['b', 'b', ''],
    ['a -- b', 'b', 'a -- b'],
    ['a "b=1 2" c', 'b', 'a c'],
  ])('%j without %s is %j', (line, name, expected) => {
    expect(removeParameter(line, name)).toBe(expected);
  });
});

describe('takeOverCmdline', () => {
  test('drops the boot image and what is asked, keeps the rest', () => {
    const next = takeOverCmdline(RUNNING, { drop: ['console'], append: 'quiet crashkernel=256M' });
    expect(next).toBe('root=/dev/vda1  ro\tquiet crashkernel=256M -- -x y');
  });
});

describe('refusals', () => {
  test('a value that no spelling gives', () => {
    expect(() => formatParameter('a', 'x" y')).toThrow(CmdlineError);
    expect(() => formatParameter('a b=', 'c')).toThrow(/no command line gives/);
  });

  test('appending behind an open quote names the quote', () => {
    const attempt = (): string => appendParameter('ro dyndbg="file x', 'quiet');
    expect(attempt).toThrow(expect.objectContaining({ code: 'EINVAL', start: 3, end: 17 }));
  });
});

const word = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,8}$/);
const value = fc.option(fc.stringMatching(/^[!#-~]{0,3}[ !#-~]{0,6}[!#-~]{0,3}$/), { nil: null });
const anyLine = fc
  .array(fc.constantFrom(' ', '\t', '"', '=', '-', '--', 'a', 'b=', 'crash_kernel', '\u00a0', '\n'))
  .map((parts) => parts.join(''));

describe('properties', () => {
  test('what is set is read back, and nothing else changes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, value)), word, value, (others, name, text) => {
        const line = others.map(([param, its]) => formatParameter(param, its)).join(' ');
        const edited = setParameter(line, name, text);
        expect(getParameter(edited, name)).toBe(text);
        expect(findParameters(edited, name)).toHaveLength(1);
        const rest = (tokens: ReturnType<typeof tokenize>['tokens']): unknown[] =>
          tokens.filter(({ param }) => !findParameters(param, name).length).map((token) => [token.param, token.value]);
        expect(rest(tokenize(edited).tokens)).toEqual(rest(tokenize(line).tokens));
      }),
    );
  });

  test('removing leaves no occurrence, whatever the line', () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        expect(findParameters(removeParameter(line, 'a'), 'a')).toEqual([]);
      }),
    );
  });

  test('tokens cover everything but blanks, in order', () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        const { tokens, dashdash, initStart } = tokenize(line);
        let at = 0;
        for (const token of dashdash ? [...tokens, dashdash] : tokens) {
          expect(line.slice(at, token.start)).toMatch(/^[\t-\r \u00a0]*$/);
          expect(token.end).toBeGreaterThan(token.start);
          at = token.end;
        }
        expect(line.slice(at, initStart)).toMatch(/^[\t-\r \u00a0]*$/);
      }),
    );
  });
});
