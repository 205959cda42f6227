/** Chooses places: 0 to `below` - 1, the same for the same seed. */
export type Choose = (below: number) => number;

/** A seeded `Choose` (xorshift32). */
export function choiceOf(seed: number): Choose {
  let state = (seed * 0x9e3779b9) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** The element that a seed chooses. @throws where there is none: a sabotage must change something. */
export function pick<T>(from: readonly T[], choose: Choose): T {
  return some(from[choose(Math.max(from.length, 1))], 'anything to choose from');
}

/** A value that a sabotage relies on. */
export function some<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the victim has no ${what}`);
  return value;
}

/** The last element. @throws where there is none. */
export const last = <T>(list: readonly T[]): T => some(list.at(-1), 'last one');
