import { CostError } from '@kexeckit/cost';
import { describe, expect, test } from 'vitest';
import { timedRunsOf } from './timed-runs.ts';
import { reportLog } from './timeline.ts';

const SAID = 'kexeckit-run megabytes=64 mmu=on pages=contiguous checks=none';

/** A reboot as a serial logger notes it, with this line before. */
const log = (said: string): string => `
[2026-11-28 14:46:00.000] [    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]
[2026-11-28 14:46:01.000] [    1.000000] Run /init as init process
[2026-11-28 14:46:01.900] [    1.900000] ${said}
[2026-11-28 14:46:02.000] [    2.000000] systemd-shutdown[1]: Rebooting with kexec.
[2026-11-28 14:46:02.050] [    2.050000] Bye!
[2026-11-28 14:46:02.300] [    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]
[2026-11-28 14:46:03.500] [    1.200000] Run /init as init process
`;

const rows = (text: string) => timedRunsOf(reportLog(text), 'console.log');

test('a reboot gives a row for shutdown, relocation and startup, each with its bound and rounding', () => {
  const { runs, leftOut } = rows(log(SAID));
  expect(leftOut).toEqual([]);
  expect(runs).toMatchObject([
    { source: 'console.log, boot 2', counts: { shutdowns: 1 }, seconds: 0.05, plusMinus: 1e-6 },
    { counts: { relocations: 1, lineFills: 64 * 256 * 128, tableWalks: 64 }, bound: 'at-most', plusMinus: 0.001 },
    { counts: { startups: 1 }, seconds: 1.2, bound: 'at-least' },
  ]);
  expect(runs[0]).not.toHaveProperty('bound');
  expect(runs[1]?.seconds).toBeCloseTo(0.25, 6);
});

test('a checksum by purgatory is in the row of the relocation', () => {
  const { runs } = rows(log(SAID.replace('none', 'purgatory')));
  expect(runs[1]?.counts).toMatchObject({ relocations: 1, checksums: 1, uncachedDigestBytes: 64 * 2 ** 20 });
});

test('without its line a relocation is left out, and without a logger its time is not known', () => {
  expect(rows(log('something else')).leftOut).toEqual([
    { source: 'console.log, boot 2', phase: 'relocation', why: 'no-run-line' },
  ]);
  const bare = rows(log(SAID).replaceAll(/^\[2026[^\]]*\] /gm, ''));
  expect(bare.leftOut).toMatchObject([{ phase: 'relocation', why: 'clock-restarts' }]);
  expect(bare.runs).toHaveLength(2);
});

test.each([
  ['tabs', SAID.replaceAll(' ', '\t')],
  ['blanks around it', `  ${SAID}   `],
])('a line with %s is the same line', (_, said) => {
  expect(rows(log(said))).toEqual(rows(log(SAID)));
});

test('two lines before one reboot that say different things say nothing; the same twice is once', () => {
  const [first = '', ...rest] = log(SAID).split(SAID);
  const with2 = (other: string): string =>
    `${first}${SAID}\n[2026-11-28 14:46:01.920] [    1.920000] ${other}${rest.join(SAID)}`;
  expect(rows(with2(SAID.replace('64', '16'))).leftOut).toMatchObject([{ phase: 'relocation', why: 'two-run-lines' }]);
  expect(rows(with2(SAID)).runs).toEqual(rows(log(SAID)).runs);
});

test('a program with a longer name says nothing of a run', () => {
  expect(rows(log(SAID.replace('kexeckit-run', 'kexeckit-runner'))).leftOut).toMatchObject([{ why: 'no-run-line' }]);
});

test('a crash kernel gives no row: it starts otherwise, in other memory', () => {
  const crash =
    'Kernel panic - not syncing: sysrq\n[2026-11-28 14:46:02.010] [    2.010000] Starting crashdump kernel...';
  const text = log(SAID).replace('systemd-shutdown[1]: Rebooting with kexec.', crash);
  expect(reportLog(text).passages.map(({ came }) => came)).toContain('crash-kexec');
  expect(rows(text)).toEqual({ runs: [], leftOut: [] });
});

test('a boot by firmware gives no row', () => {
  const text = log(SAID).replace(
    '[2026-11-28 14:46:02.300]',
    'U-Boot 2024.01 (Jan 01 2024)\n[2026-11-28 14:46:02.300]',
  );
  expect(rows(text)).toEqual({ runs: [], leftOut: [] });
});

test('a reboot that was given up leaves its line to no other', () => {
  const again = `[2026-11-28 14:46:01.950] [    1.950000] Can't kexec: CPUs are stuck in the kernel\n`;
  const text = log(SAID).replace('[2026-11-28 14:46:02.000]', `${again}[2026-11-28 14:46:02.000]`);
  expect(rows(text).leftOut).toMatchObject([{ why: 'no-run-line' }]);
});

describe('a line that is misspelt is refused, with its place', () => {
  test.each([
    ['kexeckit-run', /it does not say megabytes and mmu and pages and checks/],
    [`${SAID} size=3`, /there is no "size"/],
    [SAID.replace('64', '64M'), /megabytes cannot be "64M"/],
    [SAID.replace('64', '6e1'), /megabytes cannot be "6e1"/],
    [SAID.replace('64', '-1'), /megabytes cannot be "-1"/],
    [SAID.replace('64', 'Infinity'), /megabytes cannot be "Infinity"/],
    [SAID.replace('mmu=on', 'mmu=yes'), /mmu cannot be "yes"/],
    [SAID.replace('contiguous', 'in-a-row'), /pages cannot be "in-a-row"/],
    [SAID.replace('none', 'no'), /checks cannot be "no"/],
    [`${SAID} mmu=on`, /mmu is there twice/],
    [`${SAID} constructor=1`, /there is no "constructor"/],
    [SAID.replace('kexeckit-run', 'kexeckit_run'), /"kexeckit_run" is not kexeckit-run/],
    [SAID.replace('kexeckit-run', 'kexeckit-runs'), /"kexeckit-runs" is not kexeckit-run/],
    [SAID.toUpperCase(), /"KEXECKIT-RUN" is not kexeckit-run/],
    [`${SAID} ${'x'.repeat(300)}`, /there is no "x+"/],
  ])('%s', (said, message) => {
    expect(() => rows(log(said))).toThrow(CostError);
    expect(() => rows(log(said))).toThrow(
      expect.objectContaining({ code: 'EINVAL', message: expect.stringMatching(message) }),
    );
    expect(() => rows(log(said))).toThrow(/console\.log, line 4: /);
  });
});
