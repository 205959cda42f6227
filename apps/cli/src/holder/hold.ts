import { writeFileSync } from 'node:fs';
import { Holder } from '@kexeckit/linux';
import type { Interrupt } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { type AsCalled, type Page, plainPage } from '../render/page.ts';
import { run } from '../run.ts';
import type { HolderMessage } from './message.ts';

/** The part of the holder: does the work of a command line for the process that has started it, and holds what that loads. */
export async function hold(args: readonly string[], interrupt: Interrupt, asCalled: AsCalled): Promise<void> {
  leaveSession();
  // Whoever has asked is gone, and nobody would know of what is loaded.
  const orphaned = (): boolean => process.kill(process.pid, 'SIGHUP');
  process.once('disconnect', orphaned);
  let holder: Holder | undefined;
  const exitCode = await run(args, ioOf(interrupt.signal, { ...plainPage, asCalled }), {
    loaded: async (held) => {
      holder = await Holder.start(held);
    },
    left: async (staged) => {
      holder = await Holder.keep(staged);
    },
  });
  process.off('disconnect', orphaned);
  // Where the kernel does not let go it goes on holding, and tries again at the next signal: without its pages the image is deadly.
  const end = (): void => void holder?.end().catch(() => {});
  if (interrupt.signal.aborted) end();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  await new Promise<void>((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send({ ended: exitCode } satisfies HolderMessage, () => resolve());
  });
  if (process.connected) process.disconnect();
  process.chdir('/');
  await holder?.ended;
  interrupt.settle();
  process.exit(interrupt.reason?.exitCode ?? exitCode);
}

const ioOf = (signal: AbortSignal, page: Page): Io => ({
  out: (out) => tell({ out }),
  err: (err) => tell({ err }),
  page,
  errPage: page,
  isTerminal: false,
  signal,
});

function tell(message: HolderMessage): void {
  if (process.connected) process.send?.(message);
}

/**
 * Leaves the control group of whoever asked: an orderly shutdown ends a session, and everything that was started in it, long
 * before the last system call.
 */
function leaveSession(): void {
  for (const path of ['/sys/fs/cgroup/cgroup.procs', '/sys/fs/cgroup/systemd/cgroup.procs'])
    try {
      writeFileSync(path, String(process.pid));
    } catch {}
}
