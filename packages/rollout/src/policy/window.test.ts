import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TimeWindow } from './policy.ts';
import { isOpen, nextOpening } from './window.ts';

const MINUTE = 60_000;
const host = { labels: {} };
const at = (text: string): number => Date.parse(text);
const opening = (window: TimeWindow, from: string, labels = {}): string | undefined => {
  const found = nextOpening([window], { labels }, at(from));
  return found === undefined ? undefined : new Date(found).toISOString().replace('.000', '');
};

describe('a window', () => {
  test('is open from its start to just before its end', () => {
    const windows: TimeWindow[] = [{ start: '01:00', end: '02:00' }];
    const open = (text: string): boolean => isOpen(windows, host, at(text));
    expect(open('2026-03-02T00:59:59.999Z')).toBe(false);
    expect(open('2026-03-02T01:00:00Z')).toBe(true);
    expect(open('2026-03-02T01:59:59.999Z')).toBe(true);
    expect(open('2026-03-02T02:00:00Z')).toBe(false);
  });

  test('over midnight belongs to the day on which it starts', () => {
    const window: TimeWindow = { days: ['fri'], start: '22:00', end: '04:00' };
    expect(isOpen([window], host, at('2026-03-06T23:00:00Z'))).toBe(true);
    expect(isOpen([window], host, at('2026-03-07T03:59:00Z'))).toBe(true);
    expect(isOpen([window], host, at('2026-03-06T03:00:00Z'))).toBe(false);
    expect(isOpen([window], host, at('2026-03-07T22:30:00Z'))).toBe(false);
    expect(opening(window, '2026-03-07T04:00:00Z')).toBe('2026-03-13T22:00:00Z');
  });

  test('has its own zone, else that of the host, else UTC', () => {
    const window: TimeWindow = { start: '01:00', end: '02:00' };
    const inTokyo = { timezone: 'Asia/Tokyo' };
    expect(opening(window, '2026-01-10T12:00:00Z')).toBe('2026-01-11T01:00:00Z');
    expect(opening(window, '2026-01-10T12:00:00Z', inTokyo)).toBe('2026-01-10T16:00:00Z');
    expect(opening({ ...window, zone: 'Europe/Berlin' }, '2026-01-10T12:00:00Z', inTokyo)).toBe('2026-01-11T00:00:00Z');
    expect(isOpen([window], { labels: inTokyo }, at('2026-01-10T16:30:00Z'))).toBe(true);
  });

  test('any time is open where there is none, and one open window of several is enough', () => {
    expect(isOpen([], host, 12_345)).toBe(true);
    expect(nextOpening([], host, 12_345)).toBe(12_345);
    const two: TimeWindow[] = [
      { start: '01:00', end: '02:00' },
      { start: '05:00', end: '06:00' },
    ];
    expect(isOpen(two, host, at('2026-01-10T05:30:00Z'))).toBe(true);
    expect(nextOpening(two, host, at('2026-01-10T03:00:00Z'))).toBe(at('2026-01-10T05:00:00Z'));
  });

  test('24:00 is the end of the day', () => {
    const window: TimeWindow = { days: ['sat', 'sun'], start: '00:00', end: '24:00' };
    expect(isOpen([window], host, at('2026-03-08T23:59:59Z'))).toBe(true);
    expect(isOpen([window], host, at('2026-03-09T00:00:00Z'))).toBe(false);
    expect(opening(window, '2026-03-09T00:00:00Z')).toBe('2026-03-14T00:00:00Z');
  });
});

describe('when the clock changes', () => {
  // Berlin: 2026-03-29 02:00 → 03:00, 2026-10-25 03:00 → 02:00.
  const zone = 'Europe/Berlin';

  test('a window whose start is left out opens at the first minute after', () => {
    expect(opening({ start: '02:30', end: '04:00', zone }, '2026-03-28T12:00:00Z')).toBe('2026-03-29T01:00:00Z');
  });
  test('a window that is left out whole opens on the next day', () => {
    expect(opening({ start: '02:15', end: '02:45', zone }, '2026-03-28T12:00:00Z')).toBe('2026-03-30T00:15:00Z');
  });
  test('a weekly window that is left out whole opens a week later', () => {
    expect(opening({ days: ['sun'], start: '02:15', end: '02:45', zone }, '2026-03-28T12:00:00Z')).toBe(
      '2026-04-05T00:15:00Z',
    );
  });
  test('an hour that comes twice opens twice', () => {
    const window: TimeWindow = { start: '02:15', end: '02:45', zone };
    expect(opening(window, '2026-10-24T12:00:00Z')).toBe('2026-10-25T00:15:00Z');
    expect(opening(window, '2026-10-25T00:45:00Z')).toBe('2026-10-25T01:15:00Z');
    expect(opening(window, '2026-10-25T01:45:00Z')).toBe('2026-10-26T01:15:00Z');
  });
  test('a window that the clock is set back into opens then', () => {
    expect(opening({ start: '01:00', end: '02:30', zone }, '2026-10-25T00:30:00Z')).toBe('2026-10-25T01:00:00Z');
  });
  test('a day that a zone left out has no window', () => {
    // Samoa went from Thursday 29 December 2011 to Saturday.
    expect(opening({ days: ['fri'], start: '10:00', end: '11:00', zone: 'Pacific/Apia' }, '2011-12-30T09:00:00Z')).toBe(
      '2012-01-05T20:00:00Z',
    );
    expect(opening({ days: ['sat'], start: '00:00', end: '11:00', zone: 'Pacific/Apia' }, '2011-12-30T09:00:00Z')).toBe(
      '2011-12-30T10:00:00Z',
    );
  });
});

/** The clock on the wall of a zone, by the runtime's own formatter. */
const formatters = new Map<string, Intl.DateTimeFormat>();
function wallClock(zone: string, moment: number): { day: string; minute: number } {
  const options = { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const formatter = formatters.get(zone) ?? new Intl.DateTimeFormat('en-US', options);
  formatters.set(zone, formatter);
  const part = Object.fromEntries(formatter.formatToParts(moment).map(({ type, value }) => [type, value]));
  return { day: (part.weekday ?? '').toLowerCase(), minute: Number(part.hour) * 60 + Number(part.minute) };
}

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const minuteOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

/** Whether a window is open where the wall says so: the day as its name, and yesterday's name for what is past midnight. */
function modelOpen({ days, start, end }: TimeWindow, wall: { day: string; minute: number }): boolean {
  const today = WEEK.findIndex((day) => wall.day.startsWith(day));
  const on = (index: number): boolean => days === undefined || days.some((day) => day === WEEK[(index + 7) % 7]);
  const [from, to] = [minuteOf(start), minuteOf(end)];
  if (from < to) return wall.minute >= from && wall.minute < to && on(today);
  return (wall.minute >= from && on(today)) || (wall.minute < to && on(today - 1));
}

/** The first open minute from a whole minute on. Clocks change at quarters of an hour only, so the wall is asked at each of these. */
function modelOpening(windows: readonly TimeWindow[], labels: { timezone?: string }, from: number): number | undefined {
  const quarter = 15 * MINUTE;
  for (let base = from - (from % quarter); base < from + 16 * 24 * 60 * MINUTE; base += quarter) {
    const walls = windows.map(({ zone }) => wallClock(zone ?? labels.timezone ?? 'UTC', base));
    for (let minute = 0; minute < 15; minute++) {
      if (base + minute * MINUTE < from) continue;
      const isOne = windows.some((window, index) => {
        const wall = walls[index];
        return wall !== undefined && modelOpen(window, { ...wall, minute: wall.minute + minute });
      });
      if (isOne) return base + minute * MINUTE;
    }
  }
  return undefined;
}

describe('held against a walk from minute to minute', () => {
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    'Asia/Kathmandu',
    'Pacific/Apia',
  ];
  // Around changes of clocks, and anywhere.
  const changes = [
    '2026-03-29T01:00Z',
    '2026-10-25T01:00Z',
    '2026-03-08T05:30Z',
    '2026-11-01T04:30Z',
    '2026-04-04T15:00Z',
    '2026-10-03T15:30Z',
    '2026-02-15T02:00Z',
    '2026-03-22T02:00Z',
    '2011-12-30T10:00Z',
  ].map(at);
  const moment = fc.oneof(
    fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -3000, max: 300 }))
      .map(([change, minutes]) => change + minutes * MINUTE),
    fc
      .integer({ min: at('2000-01-01T00:00Z') / MINUTE, max: at('2037-01-01T00:00Z') / MINUTE })
      .map((minutes) => minutes * MINUTE),
  );
  const time = (most: number) =>
    fc
      .oneof(fc.nat(most), fc.integer({ min: 50, max: 200 }))
      .map((minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`);
  const window = fc
    .record(
      {
        days: fc.subarray([...WEEK], { minLength: 1 }),
        start: time(1439),
        end: time(1440),
        zone: fc.constantFrom(...zones),
      },
      { requiredKeys: ['start', 'end'] },
    )
    .filter(({ start, end }) => start !== end);

  test('the next opening is the first open minute, at which it is open, and just before which it is not', () => {
    fc.assert(
      fc.property(
        fc.array(window, { minLength: 1, maxLength: 2 }),
        fc.constantFrom(...zones),
        moment,
        (windows, timezone, from) => {
          const labels = { timezone };
          const expected = modelOpening(windows, labels, from);
          expect(nextOpening(windows, { labels }, from)).toBe(expected);
          expect(isOpen(windows, { labels }, from)).toBe(expected === from);
          if (expected === undefined || expected === from) return;
          expect(isOpen(windows, { labels }, expected)).toBe(true);
          expect(isOpen(windows, { labels }, expected - 1)).toBe(false);
        },
      ),
      { seed: 6, numRuns: 300 },
    );
  });
});
