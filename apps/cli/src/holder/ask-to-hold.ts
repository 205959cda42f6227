import { type ChildProcess, spawn } from 'node:child_process';
import { SPARED_NAMES } from '@kexeckit/linux';
import type { Finished } from '../commands/command.ts';
import type { Context } from '../context.ts';
import { CliError } from '../error.ts';
import { undisturbed } from '../undisturbed.ts';
import { messageOf } from './message.ts';
import { commandOf, HOLDER } from './parts.ts';

/** Lets a process of its own do the whole command line, and hold what it loads when this one has ended. */
export async function askToHold(context: Context): Promise<Finished> {
  return await undisturbed(context, () => heldElsewhere(context));
}

async function heldElsewhere({ io, args }: Context): Promise<Finished> {
  const [program, ...rest] = commandOf(HOLDER, ...args);
  const holder = spawn(program, rest, {
    argv0: SPARED_NAMES.holder,
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const stop = (): boolean => holder.kill('SIGTERM');
  io.signal?.addEventListener('abort', stop, { once: true });
  try {
    return { out: '', problem: undefined, exitCode: await endOf(holder, io) };
  } finally {
    io.signal?.removeEventListener('abort', stop);
    if (holder.connected) holder.disconnect();
    holder.unref();
  }
}

function endOf(holder: ChildProcess, io: Context['io']): Promise<number> {
  return new Promise((resolve, reject) => {
    holder.on('message', (sent) => {
      const { out, err, ended } = messageOf(sent);
      if (out !== undefined) io.out(out);
      if (err !== undefined) io.err(err);
      if (ended !== undefined) resolve(ended);
    });
    holder.once('error', reject);
    holder.once('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      reject(new CliError('EIO', `the process that should hold the image ended (${how})`, 'see dmesg, then try again'));
    });
  });
}
