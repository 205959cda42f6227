import { expect, test } from 'vitest';
import { ConsoleWatcher, type Sighting } from './console.ts';

const never = new AbortController().signal;

test('a mark is found however the bytes are cut, and in what came before', async () => {
  const console = new ConsoleWatcher();
  console.push('Linux ver');
  console.push('sion 6.1\r\nRun /sbin/init as');
  const seen = console.waitFor(/Run \S+ as init process/, 1000, never);
  console.push(' init process\r\n');
  expect(await seen).toEqual({ kind: 'seen', line: 'Run /sbin/init as init process' });
  expect(await console.waitFor(/version \d/, 1000, never)).toEqual({ kind: 'seen', line: 'Linux version 6.1' });
});

test('a mark counts behind the line that was seen, whether it was there before or comes later', async () => {
  const console = new ConsoleWatcher();
  expect(console.seen).toBe(-1);
  console.push('Linux version 1\nup\nBye!\nLinux version 2\nu');
  await console.waitFor(/Bye/, 1000, never);
  expect(console.seen).toBe(2);
  expect(console.find(/version/)).toBe('Linux version 1');
  expect(console.find(/version/, console.seen)).toBe('Linux version 2');
  const up = console.waitFor(/up/, 1000, never, console.seen);
  console.push('p again\n');
  expect(await up).toEqual({ kind: 'seen', line: 'up again' });
  expect(console.seen).toBe(4);
  expect((await console.waitFor(/up/, 1, never, console.seen)).kind).toBe('timeout');
  expect((await console.waitFor(/up/, 1, never)).kind).toBe('seen');
});

test('what a line begins with is no mark of its own, once more of it comes', async () => {
  const console = new ConsoleWatcher();
  const seen = console.waitFor(/^up$/, 1000, never);
  console.push('up');
  console.push('date\nup\n');
  expect(await seen).toEqual({ kind: 'seen', line: 'up' });
  expect(console.seen).toBe(1);
});

test('a line that never ends counts as it is when the console, or the time, is over', async () => {
  const closed = new ConsoleWatcher();
  closed.push('up');
  const seen = closed.waitFor(/^up$/, 1000, never);
  closed.close();
  expect(await seen).toEqual({ kind: 'seen', line: 'up' });
  const late = new ConsoleWatcher();
  late.push('up');
  expect(await late.waitFor(/^up$/, 1, never)).toEqual({ kind: 'seen', line: 'up' });
});

test('a prompt without a newline is a mark too', async () => {
  const console = new ConsoleWatcher();
  const seen = console.waitFor(/# $/, 1000, never);
  console.push('/ # ');
  expect(await seen).toEqual({ kind: 'seen', line: '/ # ' });
  expect(await console.waitFor(/# $/, 1000, never)).toEqual({ kind: 'seen', line: '/ # ' });
});

test('a panic ends the wait with its whole line, the end of the console and the time limit too', async () => {
  const console = new ConsoleWatcher();
  const panic = console.waitFor(/login:/, 1000, never);
  console.push('Kernel panic - not syncing:');
  console.push(' VFS\n');
  expect(await panic).toEqual({ kind: 'panic', line: 'Kernel panic - not syncing: VFS' });
  expect((await console.waitFor(/login:/, 1, never)).kind).toBe('timeout');
  console.close();
  expect((await console.waitFor(/login:/, 1000, never)).kind).toBe('closed');
  expect(console.tail()).toEqual(['Kernel panic - not syncing: VFS']);
});

const RED = '\x1b[1;31m';

test.each([
  ['a colour in it', `lo${RED}gin: `],
  ['a title in it', 'lo\x1b]0;title\x07gin: '],
  ['a hyperlink in it', 'lo\x1b]8;;http://x/\x1b\\gin: '],
  ['a colour before it', `${RED}login: `],
  ['zeros in it', 'lo\0gin: '],
])('escape sequences do not hide a mark: %s, however it is cut', async (_, text) => {
  for (let cut = 0; cut < text.length; cut++) {
    const console = new ConsoleWatcher();
    const seen = console.waitFor(/^login: $/, 1000, never);
    console.push(text.slice(0, cut));
    console.push(text.slice(cut));
    expect(await seen).toEqual({ kind: 'seen', line: 'login: ' });
    expect(console.tail()).toEqual(['login: ']);
  }
});

test.each([
  ['a prompt behind a number of a progress bar', '10%\r20%\rlogin: ', /^login: $/],
  ['its last number', '10%\r20%\r100%\r\n', /^100%$/],
  ['its first', '10%\r20%\r100%\r\n', /^10%$/],
  ['a prompt behind a lone return', '\rlogin: ', /^login: $/],
  ['a line with several returns at its end', 'up\r\r\n', /^up$/],
  ['returns that come one by one', 'up\r\r\r\rlogin: ', /^login: $/],
])('behind a carriage return a line begins anew: %s, however it is cut', async (_, text, mark) => {
  for (let cut = 0; cut < text.length; cut++) {
    const console = new ConsoleWatcher();
    const seen = console.waitFor(mark, 1000, never);
    console.push(text.slice(0, cut));
    console.push(text.slice(cut));
    expect((await seen).kind).toBe('seen');
  }
});

test('carriage returns without end are one', () => {
  const console = new ConsoleWatcher();
  for (let count = 0; count < 100_000; count++) console.push('\r');
  console.push('login: ');
  expect(console.text()).toBe('\rlogin: ');
});

test('a mark with the flags g and y is found each time', async () => {
  const console = new ConsoleWatcher();
  console.push('login:\n');
  for (const mark of [/login:/g, /login:/gy]) {
    mark.lastIndex = 3;
    expect(console.find(mark)).toBe('login:');
    expect((await console.waitFor(mark, 1000, never)).kind).toBe('seen');
    expect((await console.waitFor(mark, 1000, never)).kind).toBe('seen');
  }
});

test('a panic without a newline is seen', async () => {
  const console = new ConsoleWatcher();
  const panic = console.waitFor(/login:/, 60_000, never);
  console.push(`Kernel ${RED}panic - not syncing`);
  expect(await panic).toEqual({ kind: 'panic', line: 'Kernel panic - not syncing' });
  // The rest of the line is no other panic.
  console.push(': really\n');
  expect((await console.waitFor(/login:/, 20, never)).kind).toBe('timeout');
});

test.each([['\n'], ['']])('a panic before anyone waits is seen, with %j behind it', async (end) => {
  const console = new ConsoleWatcher();
  console.push(`before\nKernel panic - not syncing: VFS${end}`);
  expect(await console.waitFor(/login:/, 60_000, never)).toEqual({
    kind: 'panic',
    line: 'Kernel panic - not syncing: VFS',
  });
});

test('a panic is told of although the console is gone, and time is short', async () => {
  const console = new ConsoleWatcher();
  console.push('Kernel panic - not syncing: VFS');
  expect((await console.waitFor(/login:/, 1, never)).kind).toBe('panic');
  const gone = new ConsoleWatcher();
  gone.push('Kernel panic - not syncing: VFS');
  gone.close();
  expect((await gone.waitFor(/login:/, 60_000, never)).kind).toBe('panic');
  expect((await gone.waitFor(/login:/, 60_000, never)).kind).toBe('closed');
});

test('what came first counts: a mark before a panic, or a panic before a mark', async () => {
  const [mark, panic] = ['login:\n', 'Kernel panic - not syncing\n'];
  const console = new ConsoleWatcher();
  console.push(mark + panic);
  expect((await console.waitFor(/login:/, 1000, never)).kind).toBe('seen');
  const other = new ConsoleWatcher();
  other.push(panic + mark);
  expect((await other.waitFor(/login:/, 1000, never)).kind).toBe('panic');
  expect((await other.waitFor(/not syncing/, 1000, never)).kind).toBe('seen');
});

test('a signal that fired before counts, and one that fires ends the wait', async () => {
  const console = new ConsoleWatcher();
  console.push('login:\n');
  await expect(console.waitFor(/login:/, 1000, AbortSignal.abort('enough'))).rejects.toBe('enough');
  const stop = new AbortController();
  const waiting = console.waitFor(/never/, 60_000, stop.signal);
  stop.abort('enough');
  await expect(waiting).rejects.toBe('enough');
});

test('a wait without a limit of its own lasts until it is ended', async () => {
  const console = new ConsoleWatcher();
  const waiting = console.waitFor(/login:/, Number.POSITIVE_INFINITY, never);
  setTimeout(() => console.push('login:'), 20);
  expect((await waiting).kind).toBe('seen');
});

test('several may wait at once', async () => {
  const console = new ConsoleWatcher();
  const [one, two, late] = [/one/, /two/, /three/].map((mark) => console.waitFor(mark, 200, never));
  console.push('one\ntwo\n');
  expect((await Promise.all([one, two, late])).map((sighting) => sighting?.kind)).toEqual(['seen', 'seen', 'timeout']);
});

test('without newlines what is kept is bounded, and a mark is found where a line is cut', async () => {
  const console = new ConsoleWatcher();
  const piece = 'x'.repeat(1 << 16);
  for (let count = 0; count < 320; count++) console.push(piece);
  expect(console.text().length).toBeLessThan(3 << 20);
  expect(console.text()).toMatch(/\n… \d+ lines left out …\n/);
  for (const before of [4090, 4096, 4097, 8190]) {
    const cut = new ConsoleWatcher();
    const seen = cut.waitFor(/login:/, 1000, never);
    cut.push('x'.repeat(before));
    for (const letter of 'login:') cut.push(letter);
    expect((await seen).kind).toBe('seen');
    const panics = new ConsoleWatcher();
    const panic = panics.waitFor(/login:/, 60_000, never);
    panics.push(`${'x'.repeat(before - 5)}Kernel panic - not syncing\n`);
    expect((await panic).kind).toBe('panic');
  }
});

const PANIC = 'Kernel panic - not syncing: VFS';
/** So many characters before what follows, around where a line is cut. */
const around = [4070, 4090, 4095, 4096, 4097, 8180, 8192].map((before) => 'x'.repeat(before));

test.each([true, false])('a mark or a panic across a cut is seen whole, before anyone waits: %s', async (isBefore) => {
  const sightingOf = async (text: string): Promise<Sighting> => {
    const console = new ConsoleWatcher();
    if (isBefore) console.push(text);
    const seen = console.waitFor(/login: |word: /, 60_000, never);
    if (!isBefore) console.push(text);
    return await seen;
  };
  for (const before of around) {
    const marked = { kind: 'seen', line: expect.stringMatching(/login: $/) };
    expect(await sightingOf(`${before}login: `)).toEqual(marked);
    expect(await sightingOf(`${before}login: \nword: \n`)).toEqual(marked);
    const panicked = { kind: 'panic', line: expect.stringMatching(/Kernel panic - not syncing: VFS$/) };
    expect(await sightingOf(`${before}${PANIC}\n`)).toEqual(panicked);
    expect(await sightingOf(`${before}${PANIC}\nlogin: \n`)).toEqual(panicked);
  }
});

test('what is found across a cut is shown whole', () => {
  for (const before of around) {
    const console = new ConsoleWatcher();
    console.push(`${before}Linux version 6.1\n`);
    expect(console.find(/Linux version/)).toMatch(/Linux version 6\.1$/);
  }
});

test('the end of a mark is the end of a line, not where it is cut', async () => {
  const console = new ConsoleWatcher();
  const waiting = console.waitFor(/login: $/, 20, never);
  console.push(`${'login: '.padStart(4096, 'x')}more`);
  expect((await waiting).kind).toBe('timeout');
  const other = new ConsoleWatcher();
  other.push('login: '.padStart(4096, 'x'));
  expect((await other.waitFor(/login: $/, 1000, never)).kind).toBe('seen');
});

test('of several panics the first is the reason', async () => {
  const console = new ConsoleWatcher();
  console.push(`${PANIC} one\n${PANIC} two\nlogin:\n`);
  expect(await console.waitFor(/login:/, 1000, never)).toEqual({ kind: 'panic', line: `${PANIC} one` });
});

test.each([
  ['that is not kept', 1500, 1500],
  ['behind much that is not kept', 6000, 1500],
  ['among the last lines', 2000, 0],
])('a panic %s comes before a mark behind it', async (_, before, behind) => {
  const console = new ConsoleWatcher();
  const much = `${'x'.repeat(1000)}\n`;
  console.push(`${much.repeat(before)}${PANIC}\n${much.repeat(behind)}login:\n`);
  expect(console.text().includes(PANIC)).toBe(behind === 0);
  expect(await console.waitFor(/login:/, 1000, never)).toEqual({ kind: 'panic', line: PANIC });
});

test('the beginning of a mark is the beginning of a line, not of what is kept of it', async () => {
  const console = new ConsoleWatcher();
  const waiting = console.waitFor(/^x+$/, 20, never);
  console.push('y'.repeat(5000));
  console.push('x'.repeat(5000));
  expect((await waiting).kind).toBe('timeout');
});

test('of many lines the first and the last are kept', () => {
  const console = new ConsoleWatcher();
  console.push('Linux version 6.1\n');
  for (let count = 0; count < 400_000; count++) console.push(`line ${count}\n`);
  expect(console.find(/Linux version/)).toBe('Linux version 6.1');
  expect(console.tail().at(-1)).toBe('line 399999');
  expect(console.text().length).toBeLessThan(3 << 20);
});
