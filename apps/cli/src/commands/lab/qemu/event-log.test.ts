import { expect, test } from 'vitest';
import { EventLog } from './event-log.ts';

const never = new AbortController().signal;

test('tells in order, the console before what comes after it, addresses as text', async () => {
  const log = new EventLog(1000);
  log.tell('phase', { phase: 'load' });
  log.console('a\n');
  log.console('b');
  log.tell('up', { jump: 0x4000n });
  log.console('c');
  log.end();
  const all = Array.from({ length: log.next - 1 }, (_, at) => log.at(at + 1));
  expect(all).toEqual([
    'id: 1\nevent: phase\ndata: {"phase":"load"}\n\n',
    'id: 2\nevent: console\ndata: {"text":"a\\nb"}\n\n',
    'id: 3\nevent: up\ndata: {"jump":"0x4000"}\n\n',
    'id: 4\nevent: console\ndata: {"text":"c"}\n\n',
  ]);
  expect(log.isOver).toBe(true);
  await log.more(never);
});

test('forgets the beginning of a console that is too long, and nothing else', () => {
  const log = new EventLog(1000);
  for (let at = 0; at < 100; at += 1) {
    log.tell('phase', { at });
    log.console('x'.repeat(300));
  }
  log.end();
  const kept = Array.from({ length: log.next - 1 }, (_, at) => log.at(at + 1)).filter((text) => text !== undefined);
  expect(kept.filter((text) => text.includes('event: phase')).length).toBe(100);
  const console = kept.filter((text) => text.includes('event: console'));
  expect(console.length).toBeGreaterThan(0);
  expect(console.join('').length).toBeLessThanOrEqual(1000);
  expect(log.at(log.next - 1)).toBe(console.at(-1));
});

test.each([
  ['letters', 'x'],
  ['what JSON writes in six characters', '\0'],
  ['pairs of surrogates', '\u{1f427}'],
])('keeps the end of a console, whatever it is made of: %s', (_, of) => {
  const log = new EventLog(1600);
  const all = `${of.repeat(5000)}the end`;
  log.console(all.slice(0, 777));
  log.console(all.slice(777));
  log.end();
  const kept = Array.from({ length: log.next - 1 }, (_, at) => log.at(at + 1) ?? '').filter((text) => text !== '');
  expect(kept.join('').length).toBeLessThanOrEqual(1600);
  const texts = kept.map((text): string => JSON.parse(text.slice(text.indexOf('data: ') + 6)).text);
  // Half a pair is no character.
  expect(texts.filter((text) => /\p{Surrogate}/u.test(text))).toEqual([]);
  expect(texts.join('').length).toBeGreaterThan(100);
  expect(all.endsWith(texts.join(''))).toBe(true);
});

test('who waits is told of what comes, of the end, and goes when it wants', async () => {
  const log = new EventLog(1000);
  const first = log.more(never);
  log.console('soon');
  await first;
  expect(log.at(1)).toContain('soon');
  const leave = new AbortController();
  const left = log.more(leave.signal);
  leave.abort();
  await left;
  const last = log.more(never);
  log.end();
  await last;
});
