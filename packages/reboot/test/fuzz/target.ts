import type { Random } from './random.ts';

/** Something that is given hostile input. */
export interface Target {
  readonly name: string;
  /** Makes an input, and has it answered. @throws what the package under test throws. */
  run(random: Random): unknown;
}
