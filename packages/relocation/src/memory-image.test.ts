import { expect, test } from 'vitest';
import { MemoryImage } from './memory-image.ts';

const bytes = (pages: number): Uint8Array =>
  Uint8Array.from({ length: pages * 4096 }, (_, at) => (at >>> 12) * 16 + (at & 15));

test('shared pages are the same bytes, until they are written to', () => {
  const image = new MemoryImage();
  const file = bytes(4);
  const first = image.share(file);
  for (let page = 0; page < 4; page++) image.place(0x100 + page, first + page);
  expect(image.page(0x102)).toEqual(file.subarray(0x2000, 0x3000));
  expect(image.page(0x102)?.buffer).toBe(file.buffer);
  image.writable(0x102)[7] = 99;
  expect(image.page(0x102)?.[7]).toBe(99);
  expect(file[0x2007]).toBe(32 + 7);
  expect(image.size).toBe(4);
});

test('pages from one on end where the buffer, the place or the sharing ends', () => {
  const image = new MemoryImage();
  const first = image.share(bytes(4));
  const other = image.share(bytes(2));
  for (let page = 0; page < 4; page++) image.place(510 + page, first + page);
  image.place(514, other);
  image.place(516, other + 1);
  expect(image.pagesFrom(510, 9)?.length).toBe(4 * 4096);
  expect(image.pagesFrom(510, 2)?.length).toBe(2 * 4096);
  expect(image.pagesFrom(514, 9)?.length).toBe(4096);
  expect(image.pagesFrom(515, 9)).toBeUndefined();
  image.writable(512);
  expect(image.pagesFrom(510, 9)?.length).toBe(2 * 4096);
  expect(image.pagesFrom(512, 9)?.length).toBe(4096);
});

test('pages come by ascending page frame number, whatever order they were written in', () => {
  const image = new MemoryImage();
  const shared = image.share(bytes(1));
  image.store(0x9_0000, Uint8Array.of(1));
  image.place(3, shared);
  image.store(1, new Uint8Array());
  image.place(1, shared);
  expect([...image.pages()].map(([pfn, page]) => [pfn, page.length])).toEqual([
    [1, 4096],
    [3, 4096],
    [0x9_0000, 4096],
  ]);
  expect(image.size).toBe(3);
  expect(image.page(1)).toEqual(bytes(1));
});
