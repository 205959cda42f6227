import { expect, test } from 'vitest';
import { entriesOf, subjectFrom, withTab } from './keep.ts';
import { firstSubject, type Subject, withItem } from './subject.ts';

const kernel = { name: 'Image', bytes: new Uint8Array(8) };
const subject: Subject = {
  ...withItem(withItem(firstSubject, 'kernel', kernel), 'map', { name: 'iomem', text: '0-fff : System RAM' }),
  board: 'raspberrypi_4b_4g',
  wishes: { ...firstSubject.wishes, seed: 'x' },
};

test('what is kept is found again', () => {
  const kept = new Map(structuredClone(entriesOf('a', subject)));
  expect(subjectFrom(kept.get('subject of a'), kept.get('items of a'))).toEqual(subject);
});

test('files are not written for a letter that is typed', () => {
  const typed = { ...subject, wishes: { ...subject.wishes, seed: '12' } };
  expect(entriesOf('a', typed, subject)).toEqual([['subject of a', { board: typed.board, wishes: typed.wishes }]]);
  const without = entriesOf('a', withItem(typed, 'kernel', undefined), typed);
  expect(without.map(([key]) => key)).toEqual(['subject of a', 'items of a']);
});

test.each<[string, unknown, unknown, Subject]>([
  ['nothing', undefined, undefined, firstSubject],
  ['a board that there is not', { board: '__proto__', wishes: {} }, {}, firstSubject],
  ['no object', 'x', 7, firstSubject],
  ['wishes that are no texts', { board: firstSubject.board, wishes: { seed: 7, no: 'x' } }, {}, firstSubject],
  [
    'items that are none',
    { board: firstSubject.board, wishes: {} },
    { map: { name: 'x', bytes: new Uint8Array(1) }, kernel: { name: 'x', text: '' }, dtb: null, other: 1 },
    firstSubject,
  ],
])('of %s stays what it can be', (_, kept, items, expected) => {
  expect(subjectFrom(kept, items)).toEqual(expected);
});

test('logs are kept as files, and what is none is not', () => {
  const log = { name: 'console', file: new Blob(['x']) };
  const withLog = withItem(subject, 'log', { name: 'console', logs: [log] });
  const [, items] = entriesOf('a', withLog);
  expect(subjectFrom({ board: subject.board, wishes: subject.wishes }, items?.[1])).toEqual(withLog);
  const broken = { log: { name: 'x', logs: [{ name: 'y', file: 'text' }, { file: log.file }, 7] } };
  expect(subjectFrom({ board: subject.board, wishes: {} }, broken).items).toEqual({});
});

test('the desks of four tabs are kept, those that were used last', () => {
  let kept: readonly string[] = [];
  for (const tab of ['a', 'b', 'c', 'd']) kept = withTab(kept, tab);
  expect(withTab(kept, 'b')).toEqual(['a', 'c', 'd', 'b']);
  expect(withTab(kept, 'e')).toEqual(['b', 'c', 'd', 'e']);
});
