import type { Arrival, Watch } from '@kexeckit/reboot';
import type { QemuOptions } from './options.ts';
import type { QemuProcess } from './process.ts';

/**
 * Leaves a machine running for as long as somebody wants it.
 *
 * @param end ends it.
 * @param arrival what a plan came to.
 * @throws the reason of the signal, or what `keep` fails with.
 */
export async function keepRunning(
  keep: QemuOptions['keep'],
  { child: { stdin: input }, ended }: QemuProcess,
  { signal }: Watch,
  end: () => Promise<void>,
  arrival?: Arrival,
): Promise<void> {
  if (keep === undefined || input === null) return;
  const stop = (): void => void end();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await keep({ ...(arrival && { arrival }), input, ended: ended.then(() => {}), signal });
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
