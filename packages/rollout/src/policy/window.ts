import { IANAZone } from 'luxon';
import type { HostEntry } from '../inventory/host.ts';
import { ZONE_LABEL } from '../inventory/names.ts';
import { minuteOf } from './minutes.ts';
import type { TimeWindow } from './policy.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
/** A week, and the one after it where a change of the clock takes a window away, with what zones can skip. */
const SEARCHES = [2 * DAY, 9 * DAY, 24 * DAY] as const;
/** No zone changes its offset twice in so short a time. */
const LOOK = 6 * HOUR;

/** The zone of a window on a host: its own, else the host's label `timezone`, else UTC. */
function zoneOf(window: TimeWindow, { labels }: Pick<HostEntry, 'labels'>): IANAZone {
  const label = Object.hasOwn(labels, ZONE_LABEL) ? labels[ZONE_LABEL] : undefined;
  return IANAZone.create(window.zone ?? label ?? 'UTC');
}

/** How far a zone's clock is ahead of UTC at a moment, in milliseconds. */
const aheadAt = (zone: IANAZone, moment: number): number => Math.round(zone.offset(moment) * MINUTE);

/** Whether the clock on the wall is within a window. */
function isWithin(window: TimeWindow, zone: IANAZone, moment: number): boolean {
  const wall = moment + aheadAt(zone, moment);
  const day = Math.floor(wall / DAY);
  const minute = Math.floor((wall - day * DAY) / MINUTE);
  const { start, end } = minutesOf(window);
  if (start < end) return minute >= start && minute < end && isOn(window, day);
  return minute >= start ? isOn(window, day) : minute < end && isOn(window, day - 1);
}

/** Minutes of the day; a window whose text is none is never open. */
function minutesOf({ start, end }: TimeWindow): { readonly start: number; readonly end: number } {
  return { start: minuteOf(start) ?? Number.NaN, end: minuteOf(end) ?? Number.NaN };
}

/** Whether a day, counted from 1970-01-01 (a Thursday), is one of a window's. */
function isOn({ days }: TimeWindow, day: number): boolean {
  const name = DAYS[(((day + 4) % 7) + 7) % 7];
  return days === undefined || days.some((each) => each === name);
}

/**
 * Whether reboots of a host may begin at a moment: the clock on its wall is within a window, from the start to just before the end.
 * Where the clock is set forward, what it leaves out is in no window; where it is set back, an hour that comes twice is in it twice.
 *
 * @param moment milliseconds since 1970.
 */
export function isOpen(windows: readonly TimeWindow[], host: Pick<HostEntry, 'labels'>, moment: number): boolean {
  return windows.length === 0 || windows.some((window) => isWithin(window, zoneOf(window, host), moment));
}

/**
 * The first moment, from `moment` on, at which reboots of a host may begin; `moment` itself where they may.
 *
 * @returns milliseconds since 1970, or undefined where no window opens within 24 days, which none does that {@link readPolicy} accepts.
 */
export function nextOpening(
  windows: readonly TimeWindow[],
  host: Pick<HostEntry, 'labels'>,
  moment: number,
): number | undefined {
  if (isOpen(windows, host, moment)) return moment;
  for (const span of SEARCHES) {
    const openings = windows.map((window) => openingOf(window, zoneOf(window, host), moment, span));
    const found = openings.filter((opening) => opening !== undefined);
    if (found.length > 0) return Math.min(...found);
  }
  return undefined;
}

/** The first moment after `moment`, within `span`, at which a window opens that is closed at it. */
function openingOf(window: TimeWindow, zone: IANAZone, moment: number, span: number): number | undefined {
  const { changes, aheads } = offsetsWithin(zone, moment, moment + span);
  const { start } = minutesOf(window);
  const candidates = [...changes];
  for (const ahead of aheads) {
    const today = Math.floor((moment + ahead) / DAY);
    // Its start on each day, by each offset. None opens at midnight otherwise: what is past it goes on from the day before.
    for (let day = today; day <= today + span / DAY + 1; day++) {
      candidates.push(day * DAY + start * MINUTE - ahead);
    }
  }
  candidates.sort((a, b) => a - b);
  return candidates.find((at) => at > moment && at <= moment + span && isWithin(window, zone, at));
}

/** When a zone's offset changes within a time, and all offsets that it has in it. */
function offsetsWithin(
  zone: IANAZone,
  from: number,
  to: number,
): { readonly changes: readonly number[]; readonly aheads: ReadonlySet<number> } {
  const changes: number[] = [];
  const aheads = new Set([aheadAt(zone, from)]);
  for (let at = from; at < to; at += LOOK) {
    const ahead = aheadAt(zone, at);
    const after = aheadAt(zone, at + LOOK);
    if (ahead === after) continue;
    changes.push(changeWithin(zone, at, at + LOOK));
    aheads.add(after);
  }
  return { changes, aheads };
}

/** The millisecond at which a zone's offset is another one than at `before`, as it is at `after`. */
function changeWithin(zone: IANAZone, before: number, after: number): number {
  const ahead = aheadAt(zone, before);
  let same = before;
  let other = after;
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (aheadAt(zone, middle) === ahead) same = middle;
    else other = middle;
  }
  return other;
}
