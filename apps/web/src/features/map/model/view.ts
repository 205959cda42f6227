import { type Axis, frameOf, unitOf } from './axis.ts';

/** The part of memory that is looked at: page frames, which may stand within a page. */
export interface View {
  readonly from: number;
  readonly to: number;
}

/** Everything. */
export const wholeView = (axis: Axis): View => ({ from: 0, to: axis.end });

/** The least that is shown, in units: two pages. */
const LEAST = 2;

/** A view from units, no larger than the axis, no smaller than the least, and within it. */
function viewOf(axis: Axis, from: number, to: number): View {
  const size = Math.min(axis.units, Math.max(Math.min(LEAST, axis.units), to - from));
  const middle = (from + to) / 2;
  const start = Math.min(Math.max(0, middle - size / 2), axis.units - size);
  return { from: Math.max(0, frameOf(axis, start)), to: Math.min(axis.end, frameOf(axis, start + size)) };
}

/** Smaller where `factor` is below 1; what stands at `share` of the width stays there. */
export function zoomed(axis: Axis, { from, to }: View, factor: number, share = 0.5): View {
  const [low, high] = [unitOf(axis, from), unitOf(axis, to)];
  const whole = high - low;
  const size = Math.min(axis.units, Math.max(Math.min(LEAST, axis.units), whole * factor));
  const start = low + share * (whole - size);
  return viewOf(axis, start, start + size);
}

/** Moved by a share of its width: to higher addresses where it is above 0. */
export function panned(axis: Axis, { from, to }: View, share: number): View {
  const [low, high] = [unitOf(axis, from), unitOf(axis, to)];
  const step = share * (high - low);
  const move = Math.min(axis.units - high, Math.max(-low, step));
  return viewOf(axis, low + move, high + move);
}

/** A view around pages, with a margin; several pages wide at the least. */
export function viewAround(axis: Axis, first: number, end: number): View {
  const [low, high] = [unitOf(axis, first), unitOf(axis, Math.max(end, first))];
  const margin = Math.max((high - low) * 0.2, 8);
  return viewOf(axis, low - margin, high + margin);
}

/** The view moved so that pages are seen, where they are not, or not larger than a point: zoomed in to them only then. */
export function viewWith(axis: Axis, view: View, first: number, end: number): View {
  const isSeen = first < view.to && end > view.from;
  const share = (unitOf(axis, end) - unitOf(axis, first)) / (unitOf(axis, view.to) - unitOf(axis, view.from));
  return isSeen && share > 0.002 && share < 2 ? view : viewAround(axis, first, end);
}

/** As the address keeps it: the bytes at both ends. */
export const viewText = ({ from, to }: View): string => `${hexOf(from)}-${hexOf(to)}`;

const hexOf = (frame: number): string => `0x${BigInt(Math.round(frame * 4096)).toString(16)}`;

/** The view that a text names; undefined for what is none. */
export function viewFrom(axis: Axis, text: string | undefined): View | undefined {
  const found = /^0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})$/.exec(text ?? '');
  if (found === null) return undefined;
  const [from, to] = [Number.parseInt(found[1] ?? '', 16) / 4096, Number.parseInt(found[2] ?? '', 16) / 4096];
  return from < to && from < axis.end ? { from, to: Math.min(to, axis.end) } : undefined;
}

/** What was typed to go to. */
export type Goal = { readonly first: number; readonly end: number } | { readonly complaint: string };

/** An address or a range in hexadecimal, with or without 0x: the pages that it touches. */
export function goalOf(axis: Axis, text: string): Goal {
  const found = /^\s*(?:0x)?([0-9a-f_]+)(?:\s*[-–]\s*(?:0x)?([0-9a-f_]+))?\s*$/i.exec(text);
  const [start, last] = [found?.[1], found?.[2] ?? found?.[1]].map((digits) => digits?.replaceAll('_', ''));
  if (start === undefined || last === undefined || start === '' || last === '')
    return { complaint: 'an address in hexadecimal, as 0x80000000, or two with - between' };
  const [from, to] = [BigInt(`0x${start}`), BigInt(`0x${last}`)];
  if (from > to) return { complaint: 'the first address is above the last' };
  if (from >= BigInt(axis.end) * 4096n)
    return { complaint: `the map ends at 0x${(BigInt(axis.end) * 4096n - 1n).toString(16)}` };
  return { first: Number(from >> 12n), end: Math.min(Number((to >> 12n) + 1n), axis.end) };
}
