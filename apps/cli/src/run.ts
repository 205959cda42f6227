import { CommanderError } from 'commander';
import type { Command, Finished } from './commands/command.ts';
import { commands } from './commands/index.ts';
import type { Context, Hold } from './context.ts';
import { Interruption, UsageError } from './error.ts';
import { EXIT } from './exit-code.ts';
import type { Io } from './io.ts';
import { useNodeSha256 } from './node-sha256.ts';
import { makeProgram } from './program.ts';
import { refusalOf } from './refusal.ts';
import type { Piece } from './render/pace.ts';
import { Pace } from './render/status-line.ts';

/** Runs the command line tool without a process: returns the exit code, and never throws. */
export async function run(args: readonly string[], io: Io, hold?: Hold): Promise<number> {
  useNodeSha256();
  const context: Context = { io, args, hold, phase: undefined };
  let exitCode: number = EXIT.done;
  let failed: number = EXIT.failed;
  let hasBegun = false;
  const program = makeProgram(io, async (command: Command, parsed) => {
    failed = command.failed ?? failed;
    const { out, problem, exitCode: code } = await command.execute(parsed, parsed.args, context);
    exitCode = code;
    hasBegun = true;
    await write(out, io);
    if (problem !== undefined) io.err((await import('./render/remark.ts')).remark(problem, io.errPage));
  });
  try {
    io.signal?.throwIfAborted();
    const verbatim = takerOf(args[0]);
    if (verbatim !== undefined) return await verbatim(args.slice(1), context);
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
    // Of a family without a verb all has been told.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage;
    const told = error instanceof CommanderError ? refusalOf(error, args) : error;
    const code = await fail(told, context, { failed, hasBegun });
    return takerOf(args[0]) !== undefined && code === EXIT.usage ? EXIT.failed : code;
  }
}

/** What takes the whole command line behind this name. */
const takerOf = (name: string | undefined): Command['takesArguments'] =>
  commands.map((each) => ('verbs' in each ? undefined : each)).find((each) => each?.name === name)?.takesArguments;

/** Programs read JSON, and nothing else, wherever they have asked for it. */
const wantsJson = (args: readonly string[]): boolean => {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).includes('--json');
};

/** Writes a result: what comes in pieces no faster than it is taken. */
async function write(out: Finished['out'], io: Io): Promise<void> {
  if (typeof out === 'string') io.out(out);
  else if (out instanceof Uint8Array) io.outBytes?.(out);
  else await writePieces(out, io);
}

/** How far it is, is said where the pieces themselves do not show it. */
async function writePieces(pieces: Iterable<Piece>, io: Io): Promise<void> {
  const pace = new Pace({ ...io, isTerminal: io.isTerminal && io.outBytes !== undefined }, 'listing');
  try {
    for (const { text, step } of pieces) {
      io.out(text);
      pace.show(step);
      await io.drained?.();
    }
  } finally {
    pace.end();
  }
}

/** How far a command was that failed. */
interface Failing {
  /** The exit code, if nothing else decides it. */
  readonly failed: number;
  /** Whether a result has been written in part: no other JSON follows it. */
  readonly hasBegun: boolean;
}

/** Tells of an error. */
async function fail(
  error: unknown,
  { io, args, phase, doing }: Context,
  { failed, hasBegun }: Failing,
): Promise<number> {
  const { errorJson, renderError } = await import('./render/error.ts');
  const scene = { phase, doing, reason: io.signal?.aborted ? io.signal.reason : undefined };
  const isRead = !(scene.reason instanceof Interruption && scene.reason.isQuiet);
  if (isRead && !hasBegun && wantsJson(args)) io.out(await errorJson(error, scene, io.errPage.asCalled));
  io.err(await renderError(error, scene, { page: io.errPage, showsStacks: io.showsStacks }));
  if (scene.reason instanceof Interruption) return scene.reason.exitCode;
  return error instanceof UsageError ? EXIT.usage : failed;
}
