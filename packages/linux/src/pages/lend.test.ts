import { readFileSync, writeFileSync } from 'node:fs';
import type { PageNeed } from '@kexeckit/reboot';
import { expect, test } from 'vitest';
import { type Kernel, thisKernel } from '../syscalls/kernel.ts';
import { KexecModel } from '../testing/kexec-model.ts';
import { hostWith } from '../testing/tree.ts';
import { lendPages } from './lend.ts';

const anywhere = [{ start: 0n, end: (1n << 52n) - 1n }];
const PAGES = 1500;

/** The kernel below, and why it lends nothing to this process, if it does not. */
async function thisHost(): Promise<{ readonly kernel: Kernel; readonly why: string | undefined } | undefined> {
  if (process.platform !== 'linux') return undefined;
  const kernel = await thisKernel();
  const tried = await lendPages(kernel, { pages: 1, within: anywhere }).catch(String);
  if (typeof tried === 'string') return { kernel, why: tried };
  await tried.release();
  return { kernel, why: undefined };
}
const host = await thisHost();

/** Pages of this process that are pinned, as far as the kernel counts them. */
const pinned = (): number => Number(/^VmPin:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);

test('the kernel below pins pages that stay in their frames, and takes them back', async ({ skip }) => {
  if (host === undefined || host.why !== undefined) return skip(host?.why ?? 'this is not Linux');
  const before = pinned();
  const loan = await lendPages(host.kernel, { pages: PAGES, within: anywhere });
  const frames = loan.ranges.flatMap(({ start, end }) =>
    Array.from({ length: Number((end + 1n - start) >> 12n) }, (_, at) => Number(start >> 12n) + at),
  );
  expect(frames.length).toBeGreaterThanOrEqual(PAGES);
  expect(new Set(frames).size).toBe(frames.length);
  for (const pfn of frames) loan.page(pfn)?.fill(pfn & 0xff);
  writeFileSync('/proc/sys/vm/compact_memory', '1');
  loan.check();
  for (const pfn of frames) expect(loan.page(pfn)?.at(4095)).toBe(pfn & 0xff);
  expect(pinned()).toBeGreaterThan(before);
  await loan.release();
  expect([pinned(), loan.page(frames[0] ?? 0)]).toEqual([before, undefined]);
  expect(() => loan.check()).toThrow(expect.objectContaining({ code: 'ESTALE' }));
});

test('pages that lie where they may not are kept until there are enough, and no longer', async () => {
  const kernel = new KexecModel(await hostWith());
  // What the model gives first lies below.
  const loan = await lendPages(kernel, { pages: 600, within: [{ start: 0x4800_0000n, end: 0x7fff_ffffn }] });
  expect(loan.ranges.every(({ start }) => start >= 0x4800_0000n)).toBe(true);
  await loan.release();
  expect([kernel.mappedBytes, kernel.memory.rings]).toEqual([0, 0]);
});

test.each<[why: string, need: PageNeed, message: RegExp]>([
  ['too little room', { pages: 10, within: [{ start: 0x5000_0000n, end: 0x5000_0fffn }] }, /there are 1 that/],
  ['none of it is given', { pages: 10, within: [{ start: 0n, end: 0xfffffn }] }, /too little lies outside/],
])('%s', async (_, need, message) => {
  const kernel = new KexecModel(await hostWith());
  await expect(lendPages(kernel, need)).rejects.toMatchObject({
    code: 'ENOMEM',
    message: expect.stringMatching(message),
  });
  expect([kernel.mappedBytes, kernel.memory.rings]).toEqual([0, 0]);
});
