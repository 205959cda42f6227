import { expect, test } from 'vitest';
import { linkParams, linkTo, withLink } from './link.ts';
import { firstSubject } from './subject.ts';

test('a link holds what is not as usual, and brings it back', () => {
  const subject = {
    ...firstSubject,
    board: 'raspberrypi_4b_4g',
    wishes: { ...firstSubject.wishes, seed: '7', verify: '', cmdline: 'a=1&b #' },
  } as const;
  const params = linkParams(subject);
  expect([...params].filter(([, value]) => value !== undefined)).toEqual([
    ['board', 'raspberrypi_4b_4g'],
    ['seed', '7'],
    ['cmdline', 'a=1&b #'],
    ['verify', ''],
  ]);
  expect(withLink(firstSubject, (name) => params.get(name))).toEqual(subject);
});

test('what a link leaves out is as usual, and one that says nothing leaves what is there', () => {
  const kept = { ...firstSubject, wishes: { ...firstSubject.wishes, seed: '9', cpus: '4' } };
  expect(withLink(kept, () => undefined)).toBe(kept);
  const linked = withLink(kept, (name) => (name === 'seed' ? '3' : undefined));
  expect(linked.wishes).toEqual({ ...firstSubject.wishes, seed: '3' });
});

test('a board that there is not is passed over', () => {
  expect(withLink(firstSubject, (name) => (name === 'board' ? '__proto__' : undefined)).board).toBe(firstSubject.board);
});

test('a link that says what is there changes nothing', () => {
  const subject = { ...firstSubject, wishes: { ...firstSubject.wishes, seed: '7' } };
  expect(withLink(subject, (name) => linkParams(subject).get(name))).toBe(subject);
});

test('the fragment of a link is read as it was written', () => {
  const subject = { ...firstSubject, wishes: { ...firstSubject.wishes, cmdline: 'a=1&b #?', verify: '' } };
  const { searchParams } = new URL(linkTo('/player', subject).slice(1), 'http://lab');
  expect(withLink(firstSubject, (name) => searchParams.get(name) ?? undefined)).toEqual(subject);
});
