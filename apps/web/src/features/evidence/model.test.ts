import { readFileSync } from 'node:fs';
import { LogReading, type ReadLog, reportLog } from '@kexeckit/evidence';
import { describe, expect, test } from 'vitest';
import { axisOf } from './axis.ts';
import { bootPage, type EvidencePicture, laneAxes, markName, timeText } from './model.ts';

function read(text: string): ReadLog {
  const reading = new LogReading();
  reading.push(text);
  return reading.end();
}

const evidencePicture = (log: ReadLog): EvidencePicture => bootPage(log).picture;

const logOf = (name: string): string => readFileSync(new URL(`./logs/${name}.txt`, import.meta.url), 'utf8');

describe('the axis', () => {
  test('leaves a long silence out, says how long it was, and places what is around it', () => {
    const axis = axisOf([0, 0.1, 547.2, 547.3, 547.4], []);
    expect(axis.breaks.map(({ from, to }) => [from, to])).toEqual([[0.1, 547.2]]);
    expect(axis.drawn).toBeCloseTo(0.3 * 1.12, 6);
    expect([0, 0.1, 547.2, 547.3, 547.4].map((time) => axis.at(time) * axis.drawn)).toEqual(
      [0, 0.1, 0.136, 0.236, 0.336].map((x) => expect.closeTo(x, 6)),
    );
    // No tick stands in what is left out.
    expect(axis.ticks.every(({ seconds }) => seconds <= 0.1 || seconds >= 547.2)).toBe(true);
  });

  test('leaves nothing out of what was measured, and is even where no silence is long', () => {
    expect(axisOf([0, 1, 100], [{ from: 1, to: 100 }]).breaks).toEqual([]);
    const even = axisOf([0, 1, 2, 3], []);
    expect([even.at(-1), even.at(1.5), even.at(9)]).toEqual([0, 0.5, 1]);
    expect(axisOf([], []).at(3)).toBe(0);
  });
});

describe('the picture', () => {
  test('of a log with a logger has one axis, on which the phases follow each other', () => {
    const picture = evidencePicture(read(logOf('debian-6.1-kexec-tools')));
    expect(picture.clock).toBe('logger');
    const [first, second] = picture.lanes;
    const of = (phase: string) => first?.phases.find((each) => each.phase === phase);
    // By hand: line 8 at 14:46:04.578, line 11 at .766, the first line at 14:46:00.775.
    expect(of('shutdown')?.from).toBeCloseTo(3.803, 6);
    expect(of('relocation')?.from).toBeCloseTo(3.991, 6);
    expect(second?.marks[0]).toMatchObject({
      seconds: expect.closeTo(5.342, 6),
      line: 12,
      meaning: 'the kernel begins',
    });
    const [axes = []] = laneAxes([picture]);
    expect(new Set(axes.map(({ axis }) => axis)).size).toBe(1);
    // Within relocation: nothing of its own is drawn.
    expect(of('checksum')).toBeUndefined();
  });

  test('of a log without has a lane for each clock, to the same scale, and says what is not known', () => {
    const picture = evidencePicture(read(logOf('broadcom_stingray_bcm958742k_boot_and_kdump')));
    expect(picture.clock).toBe('printk');
    const [first, second] = picture.lanes;
    const [shutdown, relocation, checksum] = first?.phases ?? [];
    expect([shutdown?.phase, shutdown?.from]).toEqual(['shutdown', 547.277759]);
    expect([relocation, checksum].map((each) => [each?.phase, each?.from])).toEqual([
      ['relocation', undefined],
      ['checksum', undefined],
    ]);
    expect(first?.marks.filter(({ look }) => look === 'trouble').map(({ line }) => line)).toContain(53);
    expect(second?.stop).toEqual({ words: 'the kernel panicked, in startup', isTrouble: true });
    const [[long, short] = []] = laneAxes([picture]);
    expect(long?.axis.breaks.map(({ from, to }) => Math.round(to - from))).toEqual([547]);
    expect([long?.share, short?.share]).toEqual([1, 0]);
  });

  test('of a thousand boots has so many as can be looked at, from any on, and what is told of them', () => {
    const boot = '[    0.000000] Booting Linux on physical CPU 0x0\n[    1.000000] reboot: Restarting system\n';
    const log = read(boot.repeat(1000));
    const numbers = (from: number) => bootPage(log, from).picture.lanes.map(({ boot: number }) => number);
    expect([numbers(0).length, numbers(0)[0], numbers(0).at(-1)]).toEqual([24, 1, 24]);
    expect(numbers(990)).toEqual([991, 992, 993, 994, 995, 996, 997, 998, 999, 1000]);
    const { passages, stops } = bootPage(log, 24);
    expect([passages.length, passages[0]?.from, passages[0]?.to, passages.at(-1)?.to]).toEqual([24, 24, 25, 48]);
    expect([stops.length, stops[0]?.boot]).toEqual([24, 25]);
    // All of them, each once.
    const all = Array.from({ length: 42 }, (_, at) => bootPage(log, at * 24).passages).flat();
    expect(all).toEqual(log.report.passages);
  });

  test('of thousands of lines at one time has a mark for neighbours together: none is left out', () => {
    const lines = Array.from({ length: 5000 }, (_, at) => `[    1.000000] psci: CPU${at} killed (polled 0 ms)`);
    lines[777] = '[    1.000000] Internal error: Oops: x';
    const [lane] = evidencePicture(read(lines.join('\n'))).lanes;
    const marks = lane?.marks ?? [];
    expect(marks.length).toBeLessThanOrEqual(200);
    expect(marks.reduce((sum, { others }) => sum + 1 + (others?.count ?? 0), 0)).toBe(5000);
    expect(marks.filter(({ look }) => look === 'trouble').map(({ line }) => line)).toEqual([778]);
    expect(marks[0] && markName(marks[0])).toMatch(/line 1, 1\.000000 s: .*; and 24 more, up to line 25$/);
  });

  test('of several logs has one axis, on which the same time is at the same place', () => {
    const pictures = ['debian-6.1-kexec-tools', 'broadcom_stingray_bcm958742k_boot_and_kdump'].map((name) =>
      evidencePicture(read(logOf(name))),
    );
    const axes = laneAxes(pictures);
    expect(axes.map((each) => each.length)).toEqual(pictures.map(({ lanes }) => lanes.length));
    expect(new Set(axes.flat().map(({ axis }) => axis)).size).toBe(1);
    const [axis] = axes.flat().map((each) => each.axis);
    expect(axis?.breaks.some(({ to }) => to > 500)).toBe(true);
    for (const { marks } of pictures.flatMap(({ lanes }) => lanes))
      for (const { seconds } of marks) expect(axis?.at(seconds)).toBeGreaterThanOrEqual(0);
  });
});

test('an axis of a hundred thousand times, in any order, is made in one way through them', () => {
  const times = Array.from({ length: 100_000 }, (_, at) => (at * 7919) % 100_000);
  const axis = axisOf(
    times,
    times.map((from) => ({ from, to: from + 0.5 })),
  );
  expect(axis.at(50_000)).toBeCloseTo(0.5, 4);
  for (let at = 0; at < 100_000; at += 1) axis.at(at);
});

test('a time says how it stands to the truth, and microseconds where milliseconds would say nothing', () => {
  const text = '[   12.150000] kexec_core: Starting new kernel\n[   12.150040] Bye!\n';
  const [shutdown] = reportLog(text).passages[0]?.phases ?? [];
  expect(shutdown && timeText(shutdown)).toBe('≥ 0.000040');
});
