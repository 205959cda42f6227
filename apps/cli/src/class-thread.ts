import { isMainThread } from 'node:worker_threads';

/** Whether this is the thread that plans one class of hosts: a bundle starts itself for that. */
export const isClassThread = (): boolean => !isMainThread;

/** Plans it, and sends what comes of it. */
export async function planClass(): Promise<void> {
  const { planInThread } = await import('@kexeckit/fleet');
  await planInThread();
}
