import { expect, test } from 'vitest';
import { type DeskLog, logsTogether } from './subject.ts';

const log = (name: string): DeskLog => ({ name, file: new Blob(['x']) });

test('logs of one name are numbered, whether they come together or one after the other', () => {
  const names = ['a.log', 'a.log (2)', 'a.log (3)', 'a.log (4)'];
  expect(logsTogether(names.map(() => log('a.log')))?.logs.map(({ name }) => name)).toEqual(names);
  let together = logsTogether([log('a.log')]);
  for (let more = 0; more < 3; more++) together = logsTogether([...(together?.logs ?? []), log('a.log')]);
  expect(together?.logs.map(({ name }) => name)).toEqual(names);
});
