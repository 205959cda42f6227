import { BootImageError } from '../error.ts';

/** Runs `act` and returns the BootImageError it must throw or reject with; anything else fails the test. */
export async function thrownBy(act: () => unknown): Promise<BootImageError> {
  try {
    await act();
  } catch (error) {
    if (error instanceof BootImageError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
