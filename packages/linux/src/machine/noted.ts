import { forgetCrash, writeCrash } from './crash-record.ts';
import type { LookingKernel } from './loaded-now.ts';
import { forgetLoaded, writeLoaded } from './loaded-record.ts';
import type { HeldLoad } from './routes/route.ts';

/** What is noted of a load, and by which kernel it goes. */
export interface Noted {
  readonly record: Parameters<typeof writeLoaded>[1];
  readonly kernel: LookingKernel;
  /** Whether what a panic starts was an image of ours before. */
  readonly hasOurs: boolean;
}

/**
 * Notes what is loaded before it is, as long as it is: a process may be killed in between, and a rollback refused. Each slot has
 * a note of its own, and a load for one says nothing of the other.
 */
export async function noted(folder: string | undefined, what: Noted, load: () => Promise<HeldLoad>): Promise<HeldLoad> {
  if (folder === undefined) return await load();
  if (what.record.takesCrash) writeCrash(folder);
  try {
    writeLoaded(folder, what.record);
    const held = await load();
    return { ...held, discard: () => forgetting(folder, what, held) };
  } catch (error) {
    forgetLoaded(folder);
    settleCrash(folder, what);
    throw error;
  }
}

async function forgetting(folder: string, what: Noted, held: HeldLoad): Promise<void> {
  try {
    await held.discard();
    forgetLoaded(folder);
  } finally {
    settleCrash(folder, what);
  }
}

/** The note stays as long as an image of ours does, whatever the load, or its undoing, came to. */
function settleCrash(folder: string, { kernel, hasOurs }: Noted): void {
  const slot = kernel.crashSlot();
  if (slot === 'ours' || (slot === 'as before' && hasOurs)) return;
  forgetCrash(folder);
}
