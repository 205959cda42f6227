import { createHash } from 'node:crypto';
import { MemoryImage, PAGE_SIZE } from '@kexeckit/relocation';
import { expect, test } from 'vitest';
import { digestPages, type ReadPage } from './page-digest.ts';

const hex = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** So many pages from a place on; each is full of its number. */
function imageOf(count: number): MemoryImage {
  const image = new MemoryImage();
  for (let pfn = 1000; pfn < 1000 + count; pfn++) image.writable(pfn).fill(pfn);
  return image;
}

/** The same digest, of pages that are put together here. */
function expected(image: MemoryImage, read: ReadPage): string {
  const pfns = [...image.pages()].map(([pfn]) => pfn);
  const lines: string[] = [];
  for (let from = 0; from < pfns.length; from += 256) {
    const batch = pfns.slice(from, from + 256);
    const pages = batch.map((pfn) =>
      Buffer.concat([read(pfn) ?? Buffer.alloc(0), Buffer.alloc(PAGE_SIZE)]).subarray(0, PAGE_SIZE),
    );
    lines.push(`${batch.map((pfn) => (pfn * PAGE_SIZE).toString(16)).join()}:${hex(Buffer.concat(pages))}`);
  }
  return hex(lines.join('\n'));
}

test.each([0, 1, 255, 256, 257, 700])('of %i pages', async (count) => {
  const image = imageOf(count);
  expect(await digestPages(image)).toBe(expected(image, (pfn) => image.page(pfn)));
});

test('a page that is not there, or not all of it, is zero', async () => {
  const image = imageOf(600);
  const read: ReadPage = (pfn) =>
    pfn % 3 === 0 ? undefined : image.page(pfn)?.subarray(0, pfn % 3 === 1 ? PAGE_SIZE : 100);
  expect(await digestPages(image, read)).toBe(expected(image, read));
  expect(await digestPages(image, read)).not.toBe(await digestPages(image));
});
