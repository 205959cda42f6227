import { expect, test } from 'vitest';
import { createDesk, type Desk } from './desk.ts';
import type { Recognised } from './recognise.ts';
import { type DeskFile, firstSubject } from './subject.ts';

const log = (file: DeskFile): Recognised => {
  const text = new TextDecoder().decode(file.bytes);
  return { place: 'log', item: { name: file.name, text }, note: 'a log' };
};
const deskWith = (recognise: (files: readonly DeskFile[]) => Promise<readonly Recognised[]>): Desk =>
  createDesk(firstSubject, { recognise, setParams: () => {}, keep: async () => true });
const lyingLog = (desk: Desk): string | undefined => desk.subject().items.log?.name;

test('of two files of one kind the last lies there, and the other is said to have lost its place', async () => {
  const desk = deskWith(async (files) => files.map(log));
  await desk.take([new File(['1'], 'a'), new File(['2'], 'b')]);
  expect(lyingLog(desk)).toBe('b');
  expect(desk.findings()).toEqual([
    { name: 'a', place: undefined, code: 'EEXIST', note: 'a log; b has taken its place' },
    { name: 'b', place: 'log', code: undefined, note: 'a log' },
  ]);
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
  expect(lyingLog(desk)).toBe('second');
});
