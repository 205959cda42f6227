import { describe, expect, test } from 'vitest';
import { explainForAnyRam } from './any-ram.ts';
import { parseCrashkernel } from './crashkernel.ts';

const GiB = 1n << 30n;
const MiB = 1n << 20n;

describe('what a line reserves, by RAM', () => {
  test.each<[line: string, table: (readonly [from: bigint, size: bigint | null])[]]>([
    ['quiet', [[128n * MiB, null]]],
    ['crashkernel=512MB', [[128n * MiB, null]]],
    [
      'crashkernel=256M',
      [
        [128n * MiB, null],
        [384n * MiB, 256n * MiB],
      ],
    ],
    [
      'crashkernel=2G-4G:256M,4G-64G:320M,64G-:576M',
      [
        [128n * MiB, null],
        [2n * GiB, 256n * MiB],
        [4n * GiB, 320n * MiB],
        [64n * GiB, 576n * MiB],
      ],
    ],
    // Both clauses give the same: no bound lies between them.
    [
      'crashkernel=1G-2G:64M,2G-8G:64M',
      [
        [128n * MiB, null],
        [1n * GiB, 64n * MiB],
        [8n * GiB, null],
      ],
    ],
  ])('%s', (line, table) => {
    const { byRam } = explainForAnyRam(line);
    expect(byRam.map(({ from, verdict: { ret, size } }) => [from, ret === 0 ? size : null])).toEqual(table);
    expect(byRam.map(({ to }) => to)).toEqual([...table.slice(1).map(([from]) => from), null]);
  });

  test('is what the kernel says at the edges of each piece', () => {
    const line = 'crashkernel=1G-3G:192M,3G-17G:1G,40G-:2G@64M';
    for (const { from, to, verdict } of explainForAnyRam(line).byRam) {
      const last = (to ?? 2048n * GiB) - 128n * MiB;
      for (const ram of [from, last])
        expect(parseCrashkernel(line, ram)).toMatchObject({ size: verdict.size, ret: verdict.ret });
    }
  });
});

describe('what is wrong on all machines', () => {
  const codes = (line: string): string[] => explainForAnyRam(line).findings.map(({ code }) => code);

  test.each([
    ['crashkernel=2G-4G:256M,4G-64G:320M,64G-:576M', []],
    ['crashkernel=1G', []],
    ['crashkernel=2G-4G:256M,64G:576M', ['clause-unread']],
    ['crashkernel=512MB', ['junk']],
    ['crashkernel=256M crashkernel=auto', ['replaced', 'size-missing']],
  ])('%s: %j', (line, found) => {
    expect(codes(line)).toEqual(found);
  });

  test('is mended; what is only too much for some machines is left', () => {
    expect(explainForAnyRam('ro crashkernel=512MB quiet').fixed).toBe('ro crashkernel=512M quiet');
    expect(explainForAnyRam('ro crashkernel=4G').fixed).toBe('ro crashkernel=4G');
  });

  test('a list without an end is cut short', () => {
    const list = Array.from({ length: 500 }, (_, at) => `${at + 1}G-${at + 2}G:${at + 1}M`).join(',');
    const { byRam } = explainForAnyRam(`crashkernel=${list}`, { max: null });
    // Up to 1G nothing; bounds below it, where a size is not less than RAM, count among the 64, too.
    expect(byRam).toHaveLength(61);
    expect(byRam.at(-1)).toMatchObject({ from: 60n * GiB, to: 61n * GiB });
  });
});
