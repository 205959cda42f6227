import { expect, test } from 'vitest';
import { createDesk, type Desk } from './desk.ts';
import type { Recognised } from './recognise.ts';
import { type DeskFile, firstSubject } from './subject.ts';

const log = (file: DeskFile): Recognised => {
  const { name, bytes } = file;
  return { place: 'log', item: { name, logs: [{ name, file: new Blob([bytes.slice()]) }] }, note: 'a log' };
};
const deskWith = (recognise: (files: readonly DeskFile[]) => Promise<readonly Recognised[]>): Desk =>
  createDesk(firstSubject, { recognise, setParams: () => {}, keep: async () => true });
const lyingLog = (desk: Desk): string | undefined => desk.subject().items.log?.name;
const lyingLogs = (desk: Desk): string[] | undefined => desk.subject().items.log?.logs.map(({ name }) => name);
const map = ({ name }: DeskFile): Recognised => ({ place: 'map', item: { name, text: '' }, note: 'a map' });

test('of two files of one kind the last lies there, and the other is said to have lost its place', async () => {
  const desk = deskWith(async (files) => files.map(map));
  await desk.take([new File(['1'], 'a'), new File(['2'], 'b')]);
  expect(desk.subject().items.map?.name).toBe('b');
  expect(desk.findings()).toEqual([
    { name: 'a', place: undefined, code: 'EEXIST', note: 'a map; b has taken its place' },
    { name: 'b', place: 'map', code: undefined, note: 'a map' },
  ]);
});

test('logs lie there together, each with a name of its own, and each can be taken away', async () => {
  const desk = deskWith(async (files) => files.map(log));
  await desk.take([new File(['1'], 'a'), new File(['2'], 'b')]);
  await desk.take([new File(['3'], 'a')]);
  expect(desk.findings()).toEqual([{ name: 'a', place: 'log', code: undefined, note: 'a log' }]);
  expect(lyingLogs(desk)).toEqual(['a', 'b', 'a (2)']);
  expect(lyingLog(desk)).toBe('a (2) and 2 more');
  const [first] = desk.subject().items.log?.logs ?? [];
  if (first !== undefined) desk.removeLog(first);
  expect(lyingLogs(desk)).toEqual(['b', 'a (2)']);
  await desk.take(Array.from({ length: 30 }, (_, at) => new File(['x'], `x${at}`)));
  expect(lyingLogs(desk)?.length).toBe(24);
  expect(lyingLogs(desk)?.at(-1)).toBe('x29');
});

test('a file that cannot be read is refused alone', async () => {
  const desk = deskWith(async (files) => files.map(log));
  const folder = new File([], 'folder');
  folder.arrayBuffer = () => Promise.reject(new DOMException('gone', 'NotReadableError'));
  await desk.take([folder, new File(['1'], 'a')]);
  expect(lyingLog(desk)).toBe('a');
  expect(desk.findings()).toEqual([
    { name: 'a', place: 'log', code: undefined, note: 'a log' },
    expect.objectContaining({ name: 'folder', place: undefined, code: 'EIO' }),
  ]);
});

test('a name is shown as it is, but for what would turn, hide or stretch what stands around it', async () => {
  const desk = deskWith(async (files) => files.map(log));
  await desk.take([new File(['1'], '<b>Image\u202Egpj.\u0007é'), new File(['1'], 'x'.repeat(1000))]);
  expect(desk.findings().map(({ name }) => name)).toEqual(['<b>Image\uFFFDgpj.\uFFFDé', `${'x'.repeat(120)}…`]);
});

test('lots that are put there while others are looked at come after them', async () => {
  const answers: (() => void)[] = [];
  const desk = deskWith((files) => new Promise((resolve) => answers.push(() => resolve(files.map(log)))));
  const answer = async (): Promise<void> => {
    await expect.poll(() => answers.length).toBe(1);
    answers.shift()?.();
  };
  const both = [desk.take([new File(['1'], 'first')]), desk.take([new File(['2'], 'second')])];
  await answer();
  await both[0];
  expect(desk.isLooking()).toBe(true);
  await answer();
  await both[1];
  expect(desk.isLooking()).toBe(false);
  expect(lyingLogs(desk)).toEqual(['first', 'second']);
});
