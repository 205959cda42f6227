import { type CommitMark, formatMark } from '@kexeckit/reboot';
import { describe, expect, test } from 'vitest';
import { type LastEvidence, reportLast } from './last.ts';

const mark: CommitMark = {
  realtime: 1_790_000_000_000_000,
  boottime: 100_000_000,
  monotonic: 100_000_000,
  bootId: 'old',
  strategy: 'mmu-on',
  checks: true,
};

const NOW = `[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]
[    0.250000] Run /init as init process`;

const BEFORE = `[   99.000000] ${formatMark(mark)}
[   99.010000] kexec_core: Starting new kernel
[   99.030000] Bye!`;

/** A host whose clock began half a second after the mark. */
const evidence: LastEvidence = {
  kernelLog: NOW,
  previousLog: undefined,
  mark,
  bootedAt: { micros: mark.realtime + 500_000, plusMinus: 0.01 },
  bootId: 'new',
  startedBy: 'kexec',
};

const names = (report: ReturnType<typeof reportLast>): unknown[] =>
  report.passage.phases.map((time) => (time.basis === 'unknown' ? time.why : [time.bound, time.seconds, time.clock]));

test('a mark and the beginning of this boot bound what is between them', () => {
  const report = reportLast(evidence);
  expect(report).toMatchObject({ mark: 'used', strategy: 'mmu-on', previousLog: 'none', passage: { came: 'kexec' } });
  expect(names(report)).toEqual([
    ['at-most', 0.5, 'wall'],
    ['at-most', 0.5, 'wall'],
    'within-relocation',
    ['at-least', 0.25, 'printk'],
  ]);
  expect(report.passage.total).toMatchObject({ bound: 'about', seconds: 0.75, plusMinus: 0.01 });
});

test('the log of the kernel before divides that', () => {
  const report = reportLast({ ...evidence, previousLog: BEFORE });
  expect(report).toMatchObject({ mark: 'used', previousLog: 'used' });
  expect(names(report).slice(0, 2)).toEqual([
    ['exact', 0.03, 'printk'],
    ['at-most', 0.47, 'wall'],
  ]);
  expect(report.passage.phases[1]).toMatchObject({ limits: ['checksum', 'early'] });
  expect(report.stops).toMatchObject([{ kind: 'handed-over' }, { kind: 'running' }]);
});

test('so does one without the mark, of a kernel that left when the mark says', () => {
  // mark.monotonic is 100 s; the console had another level.
  const previousLog = '[  100.200000] Starting new kernel\n[  100.230000] Bye!';
  expect(reportLast({ ...evidence, previousLog })).toMatchObject({ mark: 'used', previousLog: 'used' });
});

test('the mark that the kernel’s log got is the later one', () => {
  const later = BEFORE.replace('realtime=1790000000.000000', 'realtime=1790000000.100000');
  expect(names(reportLast({ ...evidence, previousLog: later }))[1]).toEqual(['at-most', 0.37, 'wall']);
});

test('without digests there was no checksum', () => {
  expect(names(reportLast({ ...evidence, mark: { ...mark, checks: false } }))[2]).toBe('not-asked-for');
});

describe('a mark that says nothing about this boot is not used', () => {
  test.each<[string, Partial<LastEvidence>, string]>([
    ['none', { mark: undefined }, 'none'],
    ['written in this boot', { bootId: 'old' }, 'of-this-boot'],
    ['later', { bootedAt: { micros: mark.realtime - 2_000_000, plusMinus: 1 } }, 'after-this-boot'],
    ['older than a reboot may take', { bootedAt: { micros: mark.realtime + 361e6, plusMinus: 1 } }, 'too-old'],
    ['without a clock beside it', { bootedAt: undefined }, 'no-clock'],
  ])('%s', (_, change, verdict) => {
    const report = reportLast({ ...evidence, startedBy: undefined, ...change });
    expect(report).toMatchObject({ mark: verdict, strategy: undefined, passage: { came: 'unannounced' } });
    expect(names(report)).toEqual(['no-old-kernel', 'no-old-kernel', 'no-old-kernel', ['at-least', 0.25, 'printk']]);
  });

  test('a clock may be a little off', () => {
    const report = reportLast({ ...evidence, bootedAt: { micros: mark.realtime - 300_000, plusMinus: 1 } });
    expect(report.mark).toBe('used');
    expect(names(report)[1]).toEqual(['at-most', 0, 'wall']);
  });
});

test.each([
  ['firmware', 'firmware'],
  ['panic', 'crash-kexec'],
  ['kexec', 'kexec'],
] as const)('who started a kernel whose log nobody may read is told all the same: %s', (startedBy, came) => {
  const nothing = { kernelLog: undefined, previousLog: undefined, mark: undefined };
  expect(reportLast({ ...evidence, ...nothing, startedBy }).passage.came).toBe(came);
  expect(reportLast({ ...evidence, ...nothing, startedBy: undefined }).passage.came).toBe('unannounced');
});

describe('a reboot that never happened is not believed', () => {
  const reset: LastEvidence = { ...evidence, startedBy: 'firmware' };

  test('where firmware has started this kernel, though the clocks would fit', () => {
    const report = reportLast(reset);
    expect(report).toMatchObject({ mark: 'by-firmware', strategy: undefined, passage: { came: 'firmware' } });
    expect(names(report)).toEqual(['no-old-kernel', 'no-old-kernel', 'no-old-kernel', ['at-least', 0.25, 'printk']]);
  });

  test('and the log that ends with it says where it stopped', () => {
    const report = reportLast({ ...reset, previousLog: BEFORE });
    expect(report).toMatchObject({ mark: 'by-firmware', previousLog: 'used', passage: { came: 'firmware' } });
    expect(report.stops).toMatchObject([{ kind: 'firmware' }, { kind: 'running' }]);
  });

  test('a log without that mark is of any kernel', () => {
    for (const previousLog of [BEFORE.replace('boot=old', 'boot=older'), BEFORE.split('\n').slice(1).join('\n')])
      expect(reportLast({ ...reset, previousLog }).previousLog).toBe('of-another');
  });

  test('where a panic came first', () => {
    const report = reportLast({ ...evidence, startedBy: 'panic' });
    expect(report).toMatchObject({ mark: 'by-panic', strategy: undefined, passage: { came: 'crash-kexec' } });
  });
});

describe('a kernel that died on its way out', () => {
  test.each([
    ['oops', '[   99.040000] Unable to handle kernel paging request at virtual address 000000000fb3c000'],
    ['panic', '[   99.040000] Kernel panic - not syncing: x'],
    ['mismatch', 'km!b'],
  ])('was followed by nobody but firmware, whether or not the host says so: %s', (kind, line) => {
    const previousLog = `${BEFORE}\n${line}`;
    for (const startedBy of ['firmware', undefined] as const) {
      const report = reportLast({ ...evidence, startedBy, previousLog });
      expect(report).toMatchObject({ mark: 'by-firmware', startedBy, previousLog: 'used', strategy: undefined });
      expect(report.passage.came).toBe('firmware');
      expect(report.stops).toMatchObject([{ kind }, { kind: 'running' }]);
    }
  });

  test('is not the one that started this kernel', () => {
    const previousLog = `${BEFORE}\n[   99.040000] Internal error: Oops: 86000006 [#1] SMP`;
    expect(reportLast({ ...evidence, previousLog })).toMatchObject({ mark: 'used', previousLog: 'of-another' });
  });
});

test('where nothing says who started this kernel, only the clocks speak for a mark', () => {
  const report = reportLast({ ...evidence, startedBy: undefined });
  expect(report).toMatchObject({ mark: 'by-clocks', strategy: 'mmu-on' });
  expect(names(report)[1]).toEqual(['at-most', 0.5, 'wall']);
});

describe('the log of another boot is not used', () => {
  test.each([
    ['with another mark', BEFORE.replace('boot=old', 'boot=older')],
    ['that ends in a panic', BEFORE.replace('Bye!', 'Kernel panic - not syncing: x')],
    ['that does not end with kexec', '[   99.000000] reboot: Restarting system'],
    [
      'without a mark, of a kernel that left at another time',
      '[   93.500000] Starting new kernel\n[   94.000000] Bye!',
    ],
    ['without a mark or times', 'Starting new kernel\nBye!'],
  ])('%s', (_, previousLog) => {
    const report = reportLast({ ...evidence, previousLog });
    expect(report.previousLog).toBe('of-another');
    expect(names(report)[0]).toEqual(['at-most', 0.5, 'wall']);
  });
});

test('a host with nothing says why nothing is known', () => {
  const nothing = {
    kernelLog: undefined,
    previousLog: undefined,
    mark: undefined,
    bootedAt: undefined,
    bootId: undefined,
    startedBy: undefined,
  };
  const report = reportLast(nothing);
  expect(names(report)).toEqual(['no-old-kernel', 'no-old-kernel', 'no-old-kernel', 'not-reached']);
  expect(report.stops).toEqual([]);
});
