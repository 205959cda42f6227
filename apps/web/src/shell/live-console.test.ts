import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Words } from '../shared/words.ts';
import { newConsole, newTypist } from './live-console.ts';

const refusal = (code: string): Response =>
  new Response(JSON.stringify({ error: { code, message: 'no', hint: 'wait' } }), {
    status: 409,
    headers: { 'content-type': 'application/json' },
  });

let answers: Response[] = [];
let typed: string[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  answers = [];
  typed = [];
  vi.stubGlobal('fetch', async (_: string, { body }: { body: Blob }) => {
    typed.push(await body.text());
    return answers.shift() ?? new Response(null, { status: 204 });
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A typist, and the last thing that it complained of. */
function typist(): { readonly type: (text: string) => void; readonly complaint: () => Words | undefined } {
  let last: Words | undefined;
  const type = newTypist('id', (words) => {
    last = words;
  });
  return { type, complaint: () => last };
}

test('types one piece after the other, with all that came meanwhile, in pieces that the host takes', async () => {
  const { type, complaint } = typist();
  type('a');
  type('b');
  type('c');
  await vi.runAllTimersAsync();
  expect(typed).toEqual(['a', 'bc']);
  type('ä'.repeat(3000));
  await vi.runAllTimersAsync();
  expect(typed.slice(2).join('')).toBe('ä'.repeat(3000));
  expect(Math.max(...typed.map((text) => new TextEncoder().encode(text).length))).toBeLessThanOrEqual(4096);
  expect(complaint()).toBeUndefined();
});

test('no piece ends within a character', async () => {
  for (const before of ['', 'x']) {
    typed = [];
    const { type } = typist();
    const text = before + '\u{1F600}'.repeat(2000);
    type(text);
    await vi.runAllTimersAsync();
    expect(typed.join('')).toBe(text);
    expect(typed.length).toBeGreaterThan(1);
  }
});

test('types again what the machine had no room for, and says so meanwhile', async () => {
  const { type, complaint } = typist();
  answers = [refusal('EAGAIN')];
  type('x');
  await vi.waitFor(() => expect(complaint()?.code).toBe('EAGAIN'));
  await vi.runAllTimersAsync();
  expect([typed, complaint()]).toEqual([['x', 'x'], undefined]);
});

test('says what did not come to a machine that is gone, or is more than it reads', async () => {
  const { type, complaint } = typist();
  answers = [refusal('ENXIO')];
  type('x');
  await vi.runAllTimersAsync();
  expect([typed, complaint()?.code]).toEqual([['x'], 'ENXIO']);
  type('y'.repeat(2 ** 16 + 1));
  await vi.runAllTimersAsync();
  expect([typed, complaint()?.code]).toEqual([['x'], 'EAGAIN']);
});

test('a console shows to who comes later what it has shown, the end of it where that is long', () => {
  const console = newConsole();
  const shown: string[] = [];
  console.write('first');
  const leave = console.follow(
    (text) => shown.push(text),
    () => shown.push('cleared'),
  );
  console.write('second');
  leave();
  console.write('third');
  expect(shown).toEqual(['first', 'second']);
  for (let at = 0; at < 3; at += 1) console.write(String(at).repeat(2 ** 19));
  const later: string[] = [];
  console.follow(
    (text) => later.push(text),
    () => later.push('cleared'),
  );
  expect(later.map((text) => [text.charAt(0), text.length])).toEqual([
    ['1', 2 ** 19],
    ['2', 2 ** 19],
  ]);
  console.clear();
  console.write('new');
  expect(later.slice(2)).toEqual(['cleared', 'new']);
});
