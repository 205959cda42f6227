import { thisKernel, watchForHolder } from '@kexeckit/linux';

/** The part of the watcher. It ends with its holder, and not before: signals that ask for that are left to the holder. */
export async function watch(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.chdir('/');
  await watchForHolder(await thisKernel());
}
