import type { RamPiece } from './model.ts';

/** Kernels compare ranges with RAM in steps of this many bytes. */
export const RAM_STEP: bigint = 128n << 20n;
/** Where the slider begins and ends, in bytes. */
export const LEAST_RAM: bigint = 256n << 20n;
export const MOST_RAM: bigint = 1n << 40n;

const PER_OCTAVE = 8n;

/** RAM from which on the line reserves something else than below, as far as the slider reaches; sorted. */
export function turningPoints(pieces: readonly RamPiece[]): bigint[] {
  const points = pieces.map(({ from }) => from).filter((from) => from > LEAST_RAM && from <= MOST_RAM);
  return [...new Set(points)].sort(ascending);
}

/** Where the slider can stand: eight places an octave as far as kernels tell them apart, and each side of every turning point. */
export function ramStops(turns: readonly bigint[]): bigint[] {
  const stops = new Set(turns.flatMap((turn) => [turn - RAM_STEP, turn]));
  for (let octave = LEAST_RAM; octave < MOST_RAM; octave *= 2n)
    for (let part = 0n; part < PER_OCTAVE; part++) stops.add(alignedUp(octave + (octave * part) / PER_OCTAVE));
  stops.add(MOST_RAM);
  return [...stops].filter((stop) => stop >= LEAST_RAM && stop <= MOST_RAM).sort(ascending);
}

const alignedUp = (bytes: bigint): bigint => ((bytes + RAM_STEP - 1n) / RAM_STEP) * RAM_STEP;

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

const OCTAVES = Math.log2(Number(MOST_RAM / LEAST_RAM));

/** How far along the slider this much RAM is: 0 to 1, by its logarithm; what lies outside stands at the end. */
export const fractionOf = (bytes: bigint): number =>
  Math.min(1, Math.max(0, Math.log2(Number(bytes) / Number(LEAST_RAM)) / OCTAVES));

/** The stop that is nearest on the slider. */
export function nearestStop(fraction: number, stops: readonly bigint[]): bigint {
  let best = stops[0] ?? LEAST_RAM;
  for (const stop of stops)
    if (Math.abs(fractionOf(stop) - fraction) < Math.abs(fractionOf(best) - fraction)) best = stop;
  return best;
}

/**
 * Where a key leads from this much RAM: arrows to the next stop, Page Up and Page Down to the next turning point, Home and End to the
 * ends; undefined for a key that moves nothing.
 */
export function ramAfter(
  key: string,
  from: bigint,
  stops: readonly bigint[],
  turns: readonly bigint[],
): bigint | undefined {
  const above = (all: readonly bigint[]): bigint | undefined => all.find((each) => each > from);
  const below = (all: readonly bigint[]): bigint | undefined => all.findLast((each) => each < from);
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return above(stops) ?? MOST_RAM;
    case 'ArrowLeft':
    case 'ArrowDown':
      return below(stops) ?? LEAST_RAM;
    case 'PageUp':
      return above(turns) ?? MOST_RAM;
    case 'PageDown':
      return below(turns) ?? LEAST_RAM;
    case 'Home':
      return LEAST_RAM;
    case 'End':
      return MOST_RAM;
    default:
      return undefined;
  }
}

/** Bytes of RAM that an address keeps, as a decimal number on the slider; undefined for anything else. */
export function ramFrom(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
  const bytes = BigInt(text);
  return bytes >= LEAST_RAM && bytes <= MOST_RAM ? bytes : undefined;
}

/** The piece that this much RAM lies in. */
export const pieceAt = (pieces: readonly RamPiece[], bytes: bigint): RamPiece | undefined =>
  pieces.findLast(({ from }) => from <= alignedUp(bytes));
