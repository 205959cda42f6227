import { CommanderError } from 'commander';
import type { Command, Finished } from './commands/command.ts';
import type { Context, Hold } from './context.ts';
import { Interruption, UsageError } from './error.ts';
import { EXIT } from './exit-code.ts';
import type { Io } from './io.ts';
import { makeProgram } from './program.ts';

/** Runs the command line tool without a process: returns the exit code, and never throws. */
export async function run(args: readonly string[], io: Io, hold?: Hold): Promise<number> {
  const context: Context = { io, args, hold, phase: undefined };
  let exitCode: number = EXIT.done;
  let failed: number = EXIT.failed;
  const program = makeProgram(io, async (command: Command, parsed) => {
    failed = command.failed ?? failed;
    const { out, problem, exitCode: code } = await command.execute(parsed, parsed.args, context);
    exitCode = code;
    await write(out, io);
    if (problem !== undefined) io.err(`kexeckit: ${problem}\n`);
  });
  try {
    io.signal?.throwIfAborted();
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return await fail(error, context, failed);
  }
}

/** Writes a result: what comes in pieces no faster than it is taken. */
async function write(out: Finished['out'], io: Io): Promise<void> {
  if (typeof out === 'string') io.out(out);
  else if (out instanceof Uint8Array) io.outBytes?.(out);
  else
    for (const piece of out) {
      io.out(piece);
      await io.drained?.();
    }
}

/** Tells of an error. @param failed the exit code, if nothing else decides it. */
async function fail(error: unknown, { io, phase }: Context, failed: number): Promise<number> {
  const { renderError } = await import('./render/error.ts');
  const reason: unknown = io.signal?.aborted ? io.signal.reason : undefined;
  io.err(await renderError(error, { phase, reason, showsStacks: io.showsStacks, page: io.errPage }));
  if (reason instanceof Interruption) return reason.exitCode;
  return error instanceof UsageError ? EXIT.usage : failed;
}
