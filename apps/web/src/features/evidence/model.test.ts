import { readFileSync } from 'node:fs';
import { type ReadLog, readLogInSteps, reportLog } from '@kexeckit/evidence';
import { describe, expect, test } from 'vitest';
import { axisOf } from './axis.ts';
import { lineStarts, readEvidence } from './compute.ts';
import { exampleLog, exampleNames } from './examples.ts';
import { evidencePicture, laneAxes, timeText } from './model.ts';

function read(text: string): ReadLog {
  const steps = readLogInSteps(text);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

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
    const axes = laneAxes(picture);
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
    const [long, short] = laneAxes(picture);
    expect(long?.axis.breaks.map(({ from, to }) => Math.round(to - from))).toEqual([547]);
    expect([long?.share, short?.share]).toEqual([1, 0]);
  });

  test('of a thousand boots has the first ones, and says how many are not drawn', () => {
    const boot = '[    0.000000] Booting Linux on physical CPU 0x0\n[    1.000000] reboot: Restarting system\n';
    const picture = evidencePicture(read(boot.repeat(1000)));
    expect([picture.lanes.length, picture.lanes.length + picture.leftOut]).toEqual([24, 1000]);
  });
});

test('a time says how it stands to the truth, and microseconds where milliseconds would say nothing', () => {
  const text = '[   12.150000] kexec_core: Starting new kernel\n[   12.150040] Bye!\n';
  const [shutdown] = reportLog(text).passages[0]?.phases ?? [];
  expect(shutdown && timeText(shutdown)).toBe('≥ 0.000040');
});

test.each(exampleNames)('the example %s is read', async (name) => {
  const { text } = await exampleLog(name);
  const { starts, told, boots, loads } = readEvidence(name, text);
  expect(boots + loads.length).toBeGreaterThan(0);
  const lines = text.split('\n');
  for (const line of [1, ...told])
    expect(text.slice(starts[line - 1], starts[line]).trimEnd()).toBe(lines[line - 1]?.trimEnd());
});

test('lines begin behind line feeds, and nowhere else', () => {
  expect([...lineStarts('a\r\nb\n\nc')]).toEqual([0, 3, 5, 6]);
  expect([...lineStarts('a\n')]).toEqual([0]);
  expect([...lineStarts('')]).toEqual([]);
});

test('a log with a kexec that has times gives a profile, and says what is missing; another says why it gives none', () => {
  const { fit } = readEvidence('a log', logOf('debian-6.1-kexec-tools'));
  expect(fit.rows).toBe(2);
  expect(fit.prices.map(({ of }) => of)).toEqual(['a shutdown', 'an instruction', 'a start of the next kernel']);
  expect(fit.profile).toContain('kexeckit-profile/1');
  expect(fit.missing).toContain('a relocation, whatever its size');
  expect(readEvidence('a log', 'kexeckit-run megabytes=x\n').fit).toMatchObject({ profile: undefined, rows: 0 });
});
