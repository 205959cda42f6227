import { type ChildProcess, spawn } from 'node:child_process';
import { LIFELINE_FD, underOurLife } from '@kexeckit/qemu';
import { BOOTER, commandOf } from '../../../holder/parts.ts';
import type { QemuLimits } from './limits.ts';
import { type BootOrder, type FromBooter, isFromBooter, type ToBooter } from './talk.ts';

/** The command line that starts this command in a part. */
export type CommandOf = typeof commandOf;

/** A process that boots one machine. */
export interface BootProcess {
  readonly tell: (message: ToBooter) => void;
  /** Ends it at once, whatever it computes; its machine ends with it. */
  readonly kill: () => void;
  /** Resolves when it is gone, with how that came in words. */
  readonly ended: Promise<string>;
}

/**
 * Starts a process that boots what a request asks for. It ends with this one, however this one ends.
 *
 * @param body of the request.
 * @param hear is told what it tells, in order, and nothing after `ended`.
 */
export function startBooting(
  body: Uint8Array,
  limits: QemuLimits,
  hear: (message: FromBooter) => void,
  command: CommandOf = commandOf,
): BootProcess {
  const order: BootOrder = { limits, bodyBytes: body.length };
  const [own, ...rest] = command(BOOTER, JSON.stringify(order));
  const [program, ...args] = underOurLife([own, ...rest]);
  const stdio: ('pipe' | 'ignore' | 'ipc')[] = ['pipe', 'ignore', 'ignore', 'ipc'];
  while (stdio.length < LIFELINE_FD) stdio.push('ignore');
  // Messages may hold addresses and bytes. Its group is its own: who ends the group ends whatever it was started through.
  let child: ChildProcess;
  try {
    child = spawn(program, args, { stdio: [...stdio, 'pipe'], detached: true, serialization: 'advanced' });
  } catch (error) {
    return notStarted(Promise.resolve(error instanceof Error ? error.message : String(error)));
  }
  // Where this process may open no more files there is nothing to talk through, and why is said later.
  if (child.stdio === undefined)
    return notStarted(new Promise((resolve) => child.once('error', ({ message }) => resolve(message))));
  for (const stream of child.stdio) stream?.on('error', () => {});
  child.on('message', (message) => {
    if (isFromBooter(message)) hear(message);
  });
  child.stdin?.end(body);
  return {
    tell: (message) => {
      if (child.connected) child.send(message, () => {});
    },
    kill: () => killGroup(child),
    ended: endOf(child),
  };
}

/** A process that the system did not start. */
const notStarted = (ended: Promise<string>): BootProcess => ({ tell: () => {}, kill: () => {}, ended });

/** Resolves when the child is gone, and all that it has told was heard. */
async function endOf(child: ChildProcess): Promise<string> {
  const heard = new Promise<void>((resolve) => child.once('disconnect', () => resolve()));
  const how = await new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('exit', (code, signal) => resolve(signal ?? `status ${code}`));
  });
  killGroup(child);
  if (child.connected) await heard;
  for (const stream of child.stdio) stream?.destroy();
  return how;
}

/** The group has the child's number, and keeps it while anybody is in it. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is in it any more.
  }
}
