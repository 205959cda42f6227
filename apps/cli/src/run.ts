import { Command, CommanderError } from 'commander';
import { preflightCommand } from './commands/preflight.ts';
import { rebootCommand } from './commands/reboot.ts';
import type { Io } from './io.ts';
import { renderError } from './render/error.ts';
import { UsageError } from './usage.ts';

/** Exit codes: done · the work failed · the command line was wrong. */
const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** Runs the command line tool without a process: returns the exit code. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const program = new Command('kexeckit')
    .description('Plan, prove and perform arm64 kexec reboots, and see them.')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showHelpAfterError('(kexeckit help reboot shows every option)');
  for (const command of [rebootCommand(io), preflightCommand(io)])
    program.addCommand(command.copyInheritedSettings(program));
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    io.err(renderError(error));
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}
