import { FdtError } from '../error.ts';

/** Runs `act` and returns the FdtError it must throw; anything else fails the test. */
export function thrownBy(act: () => unknown): FdtError {
  try {
    act();
  } catch (error) {
    if (error instanceof FdtError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
