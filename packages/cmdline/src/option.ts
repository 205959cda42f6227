import { COMMA, DASH } from './characters.ts';
import { defaultKernel, type KernelVersion, saturates } from './kernel.ts';
import { simpleStrtol, simpleStrtoull } from './number.ts';

/** What `get_option` found: nothing, a number, a number with its comma, a number in front of a `-`. */
export type OptionKind = 0 | 1 | 2 | 3;

/** One integer of an option list. */
export interface Option {
  /** 0 none, 1 integer, 2 integer and the comma behind it, 3 integer followed by `-` (which is not taken). */
  kind: OptionKind;
  /** The integer, 32 bits; null if the text was empty. */
  value: number | null;
  /** Characters taken. */
  consumed: number;
}

const INT_MAX = 0x7fff_ffff;

function toInt(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

/**
 * The kernel's `get_option`: one integer from the front of a list. The value is cut to 32 bits; a leading `-` is taken
 * even if no digit follows.
 */
export function getOption(text: string, kernel: KernelVersion = defaultKernel, at = 0): Option {
  if (at >= text.length || text.charCodeAt(at) === 0) return { kind: 0, value: null, consumed: 0 };
  const sign = text.charCodeAt(at) === DASH ? 1 : 0;
  const number = simpleStrtoull(text, 0, kernel, at + sign);
  const value = toInt(sign === 1 ? -number.value : number.value);
  const consumed = sign + number.consumed;
  if (number.consumed === 0) return { kind: 0, value, consumed };
  const next = text.charCodeAt(at + consumed);
  if (next === COMMA) return { kind: 2, value, consumed: consumed + 1 };
  return { kind: next === DASH ? 3 : 1, value, consumed };
}

/** What `get_options` read. */
export interface OptionList {
  /** How many integers; in a kernel before 7.3 possibly more than there was room for. */
  count: number;
  /** The integers, at most the room that was given; none when only counting. */
  values: number[];
  /** Characters taken. */
  consumed: number;
}

/** Where a list is being read. */
interface ListState {
  text: string;
  kernel: KernelVersion;
  at: number;
  /** Next slot, counted from 1 as the kernel does. */
  slot: number;
  /** Slots there are, the counter's included; Infinity when only counting. */
  slots: number;
  values: number[];
}

/**
 * The kernel's `get_options`: integers and ranges `a-b` (expanded) separated by commas. A range that runs backwards ends
 * the list, with its first value stored but not counted; so does, before 7.3, one that is longer than an int.
 *
 * @param room How many integers there is room for; leave it out to count and check only.
 */
export function getOptions(text: string, room?: number, kernel: KernelVersion = defaultKernel): OptionList {
  const slots = room === undefined ? Number.POSITIVE_INFINITY : room + 1;
  const state: ListState = { text, kernel, at: 0, slot: 1, slots, values: [] };
  while (state.slot < slots) {
    const option = getOption(text, kernel, state.at);
    state.at += option.consumed;
    store(state, state.slot, option.value);
    if (option.kind === 0 || (option.kind === 3 && !expand(state, option.value ?? 0))) break;
    state.slot = (state.slot + 1) | 0;
    if (option.kind === 1) break;
  }
  return { count: (state.slot - 1) | 0, values: state.values, consumed: state.at };
}

function store(state: ListState, slot: number, value: number | null): void {
  if (value !== null && slot < state.slots && Number.isFinite(state.slots)) state.values[slot - 1] = value;
}

/** Fills in the range from `first` up to the number behind the `-`, which is left to be read next. False ends the list. */
function expand(state: ListState, first: number): boolean {
  state.at++;
  const upper = toInt(simpleStrtol(state.text, 0, state.kernel, state.at).value);
  const steps = upper - first;
  if (Number.isFinite(state.slots)) {
    const room = Math.min(steps, state.slots - state.slot);
    for (let i = 0; i < room; i++) store(state, state.slot + i, first + i);
  }
  return saturates(state.kernel) ? countExactly(state, steps) : countInInt(state, steps);
}

/** From 7.3 on: what is beyond the array, or beyond an int, ends the list; of a full array everything counts. */
function countExactly(state: ListState, steps: number): boolean {
  if (steps < 0) return false;
  const next = state.slot + steps;
  if (next > INT_MAX || next > state.slots) {
    if (Number.isFinite(state.slots)) state.slot = state.slots;
    return false;
  }
  state.slot = next - 1;
  return true;
}

/** Before 7.3: the distance is an int, which overflows, and is counted whether there was room or not. */
function countInInt(state: ListState, distance: number): boolean {
  const steps = distance | 0;
  if (steps < 0) return false;
  state.slot = (state.slot + steps - 1) | 0;
  return true;
}

/**
 * The kernel's `parse_option_str`: whether a comma-separated list holds an element that is exactly `option`. An empty
 * option matches only an empty element that is followed by a comma.
 */
export function parseOptionStr(list: string, option: string): boolean {
  let at = 0;
  while (at < list.length) {
    if (list.startsWith(option, at)) {
      at += option.length;
      if (at >= list.length || list.charCodeAt(at) === COMMA) return true;
    }
    const comma = list.indexOf(',', at);
    if (comma < 0) return false;
    at = comma + 1;
  }
  return false;
}
