import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  appendParameter,
  CmdlineError,
  cmdlineLimit,
  cutCmdline,
  findParameters,
  formatParameter,
  getParameter,
  lostInWords,
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

  test.each([
    ['ro\n\nquiet\n\n', 'ro\n\nquiet'],
    [`${'\n'.repeat(1_000_000)}ro\n`, `${'\n'.repeat(1_000_000)}ro`],
    ['\n', ''],
  ])('takes the newlines at the end off, and no others', (running, next) => {
    expect(takeOverCmdline(running)).toBe(next);
  });
});

describe('taking over again and again', () => {
  test.each([
    ['ro quiet', 'quiet', 'ro quiet'],
    ['quiet ro quiet quiet', 'quiet', 'ro quiet'],
    ['quiet ro quiet loglevel=3', 'quiet', 'ro loglevel=3 quiet'],
    ['loglevel=7 ro loglevel=3', 'loglevel=7', 'ro loglevel=3 loglevel=7'],
    ['log-buf-len=1M ro', 'log_buf_len=1M', 'ro log_buf_len=1M'],
    ['ro a="x y" b', 'a="x y"', 'ro b a="x y"'],
    // Each of these counts, and their order too: only what is there already is not added.
    ['console=ttyS0 console=tty0', 'console=ttyS0', 'console=ttyS0 console=tty0 console=ttyS0'],
    ['ro console=tty0 console=ttyS0', 'console=tty0 console=ttyS0', 'ro console=tty0 console=ttyS0'],
    ['memmap=64M!4G ro', 'memmap=64M!4G', 'memmap=64M!4G ro memmap=64M!4G'],
    [
      'crashkernel=1G,high crashkernel=64M,low ro',
      'crashkernel=64M,low',
      'crashkernel=1G,high crashkernel=64M,low ro crashkernel=64M,low',
    ],
    ['ro quiet -- x', 'quiet', 'ro quiet -- x'],
    ['ubi.mtd=a ubi.mtd=b', 'ubi.mtd=a', 'ubi.mtd=a ubi.mtd=b ubi.mtd=a'],
    ['virtio_mmio.device=4K@0x1000:1 ro', 'ro', 'virtio_mmio.device=4K@0x1000:1 ro'],
    ['initrd=a initrd=b', 'initrd=a', 'initrd=a initrd=b initrd=a'],
    ['any.module=a any.module=b', 'any.module=a', 'any.module=a any.module=b any.module=a'],
    ['any.module=a ro any.module=a', 'any.module=a', 'ro any.module=a'],
    ['ro', 'irqpoll -- single', 'ro irqpoll -- single'],
    ['ro -- x', 'irqpoll console=ttyS0 -- single', 'ro irqpoll console=ttyS0 -- single -- x'],
    ['ro\n\n', ' ', 'ro'],
    ['ro console=tty0  rd.x', 'console=tty0 rd.x', 'ro console=tty0 rd.x'],
  ])('%j with %j is %j', (line, append, expected) => {
    const once = takeOverCmdline(line, { append });
    expect(once).toBe(expected);
    expect(takeOverCmdline(once, { append })).toBe(once);
  });
});

describe('taking over again and again with something dropped', () => {
  test.each([
    [
      'ro crashkernel=256M',
      'console=ttyAMA0 crashkernel=512M rd.debug',
      'ro console=ttyAMA0 crashkernel=512M rd.debug',
    ],
    ['BOOT_IMAGE=/a ro', 'BOOT_IMAGE=/b console=tty0', 'ro BOOT_IMAGE=/b console=tty0'],
    [
      'crash_kernel=1 crashkernel=1G ro crashkernel=2G rd.x',
      'crashkernel=2G rd.x',
      'crash_kernel=1 ro crashkernel=2G rd.x',
    ],
    ['ro crashkernel=1G', 'crashkernel=2G -- single', 'ro crashkernel=2G -- single'],
  ])('%j with %j is %j', (line, append, expected) => {
    const options = { append, drop: ['crashkernel'] };
    const once = takeOverCmdline(line, options);
    expect(once).toBe(expected);
    expect(takeOverCmdline(once, options)).toBe(once);
    expect(takeOverCmdline(`${once}\n`, options)).toBe(once);
  });
});

const LONG = 'x.y=0123456789abcdef '.repeat(100);

describe('a line that is longer than the kernel keeps', () => {
  test('says what is lost', () => {
    const { kept, lost, cut, lostParameters } = cutCmdline(`${LONG}crashkernel=256M`);
    expect(lostInWords(`${LONG}crashkernel=256M`)).toMatch(/; it does not see .*crashkernel=256M$/);
    expect(lostInWords('ro quiet')).toBe('');
    expect(lostInWords('quiet'.padEnd(2100))).toBe('blanks at its end are lost');
    expect(kept).toHaveLength(2047);
    expect(lost).toMatch(/ crashkernel=256M$/);
    expect(cut?.param).toBe('x.y');
    expect(lostParameters.map(({ param }) => param)).toEqual(['x.y', 'x.y', 'crashkernel']);
  });

  test('of 2048 bytes loses its last letter', () => {
    const line = `${'a'.repeat(2048 - 17)} crashkernel=256M`;
    expect(line).toHaveLength(2048);
    expect(cutCmdline(line)).toMatchObject({ lost: 'M', cut: { value: '256M' } });
    expect(lostInWords(line)).toBe('of crashkernel=256M it sees crashkernel=256');
    expect(cutCmdline(line.slice(1))).toMatchObject({ lost: '', cut: null });
    expect(cutCmdline(line, { uefi: true })).toMatchObject({ kept: 'a'.repeat(2048 - 17), cut: null });
    expect(cutCmdline(line, { max: null }).kept).toBe(line);
  });

  test('is cut by UEFI as it was seen to be', () => {
    const front = 'console=ttyAMA0 panic=1 nokaslr';
    expect(cutCmdline(`${front} ${'a'.repeat(2100)} crashkernel=256M`, { uefi: true }).kept).toBe(front);
  });

  test.each([
    ['appended', appendParameter(LONG, 'crashkernel', '256M')],
    ['set', setParameter(`${LONG}crashkernel=1G`, 'crashkernel', '256M')],
    ['taken over', takeOverCmdline(LONG, { append: 'crashkernel=256M' })],
  ])('has what is %s at its front', (_, line) => {
    expect(line).toBe(`crashkernel=256M ${line.slice(17)}`);
    expect(getParameter(cutCmdline(line).kept, 'crashkernel')).toBe('256M');
  });

  test('has a value behind another of its name that is kept', () => {
    const line = takeOverCmdline(`loglevel=3 ${LONG}`, { append: 'loglevel=7' });
    expect(line).toMatch(/^loglevel=3 loglevel=7 x/);
  });

  test('takes nothing longer than itself', () => {
    expect(() => appendParameter('ro', 'a', 'b'.repeat(2047))).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(appendParameter('ro', 'a', 'b'.repeat(2047), { max: null })).toHaveLength(2052);
  });

  test('is known by architecture and version', () => {
    expect(cmdlineLimit('arm64')).toMatchObject({ size: 2048, measured: true });
    expect(cmdlineLimit('aarch64', '6.12.117+deb13-cloud-arm64')?.size).toBe(2048);
    expect(cmdlineLimit('m68k')).toBeUndefined();
  });
});

describe('refusals', () => {
  test('a value that no spelling gives', () => {
    expect(() => formatParameter('a', 'x" y')).toThrow(CmdlineError);
    expect(() => formatParameter('a b=', 'c')).toThrow(/no command line gives/);
  });

  test.each([
    ['ro root=a', 'a="b'],
    ['ro root=a -- init', 'quiet "'],
  ])('an open quote in an addition would swallow what follows: %j with %j', (line, append) => {
    for (const max of [20, null])
      expect(() => takeOverCmdline(line, { append, max })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  test('nothing of the kernel’s becomes init’s by a `--` that does not fit at the end', () => {
    const attempt = (): string => takeOverCmdline('root=/dev/sda1 ro', { append: 'quiet -- x', max: 20 });
    expect(attempt).toThrow(expect.objectContaining({ code: 'EINVAL', start: 6, end: 8 }));
    const fits = takeOverCmdline('root=/dev/sda1 ro', { append: 'quiet -- x', max: 28 });
    expect(fits).toBe('root=/dev/sda1 ro quiet -- x');
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

const plain = (name: string): string => name.replaceAll('-', '_');

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

  test('what is taken over is there once, last of its name, where the kernel keeps it', () => {
    const parameter = fc.tuple(fc.constantFrom('a', 'b', 'console', 'rd.x'), fc.constantFrom('1', '2', '3'));
    const many = fc
      .array(parameter, { maxLength: 40 })
      .map((all) => all.map(([name, its]) => `${name}=${its}`).join(' '));
    fc.assert(
      fc.property(
        many,
        fc.array(parameter, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 40, max: 200 }),
        (line, added, max) => {
          const append = added.map(([name, its]) => `${name}=${its}`).join(' ');
          const once = takeOverCmdline(line, { append, max });
          expect(takeOverCmdline(once, { append, max })).toBe(once);
          const { kept } = cutCmdline(once, { max });
          for (const [name, its] of new Map(added)) expect(getParameter(kept, name)).toBe(its);
          expect(once.length).toBeLessThanOrEqual(line.length + 1 + append.length);
        },
      ),
    );
  });

  test('taking over twice is taking over once, whatever is dropped and added, at any limit', () => {
    const words = ['ro', 'quiet', 'root=a', 'root=b', 'console=tty0', 'console=ttyS0', 'crashkernel=1G', 'foo-bar=2'];
    const more = ['foo_bar=2', 'a="b c"', '"q r"=s', 'm.x=1', 'm.x=2', 'BOOT_IMAGE=/x', 'rd.x', '--', '=z', 'a=""'];
    const text = fc
      .array(fc.tuple(fc.constantFrom(...words, ...more), fc.constantFrom(' ', ' ', '  ', '\t')), { maxLength: 14 })
      .map((all) => all.flat().join(''));
    const max = fc.constantFrom(null, 50, 60, 80, 120);
    const drop = fc.subarray(['crashkernel', 'console', 'rd.x', 'foo-bar']);
    fc.assert(
      fc.property(text, fc.constantFrom('', '\n', '\n\n'), text, drop, max, (line, end, append, dropped, limit) => {
        const options = { append, drop: dropped, max: limit };
        fc.pre(limit === null || append.length <= limit);
        // A `--` that does not fit at the end is refused.
        fc.pre(limit === null || !tokenize(append).dashdash || line.length + 1 + append.length <= limit);
        const once = takeOverCmdline(line + end, options);
        expect(takeOverCmdline(once, options)).toBe(once);
        const names = new Set(
          [...dropped, 'BOOT_IMAGE', ...tokenize(append).tokens.map(({ param }) => param)].map(plain),
        );
        const others = tokenize(line).tokens.filter(({ param }) => !names.has(plain(param)));
        const kernels = tokenize(once).tokens.map(({ param, value: its }) => `${param}=${its}`);
        for (const { param, value: its } of others) expect(kernels).toContain(`${param}=${its}`);
        for (const { param, value: its } of tokenize(append).tokens) {
          const seen = findParameters(cutCmdline(once, { max: limit }).kept, param);
          expect(seen.map((token) => token.value)).toContain(its);
        }
      }),
      { numRuns: 4000 },
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
