/**
 * Lets everything else that waits have its turn, signals and timers included: between two pieces of work that keep the
 * thread busy.
 *
 * @throws the signal's reason if it was aborted.
 */
export async function breathe(signal?: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal?.throwIfAborted();
}
