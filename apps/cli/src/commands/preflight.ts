import { type Finding, preflight, readHost } from '@kexeckit/linux';
import { Command } from 'commander';
import type { Io } from '../io.ts';
import { renderFindings } from '../render/findings.ts';
import { BlockedError } from '../usage.ts';

/** The options of `kexeckit preflight`. */
export interface PreflightCommandOptions {
  readonly root: string;
  readonly json?: boolean;
}

/** Declares `kexeckit preflight`. */
export function preflightCommand(io: Io): Command {
  return new Command('preflight')
    .description('Look at this Linux host, read only: can it kexec, and what stands in the way?')
    .option('--root <folder>', 'where /proc and /sys are', '/')
    .option('--json', 'print the findings as JSON')
    .action((options: PreflightCommandOptions) => runPreflight(options, io));
}

/** Prints the findings, blockers first. @throws BlockedError where there is a blocker. */
async function runPreflight(options: PreflightCommandOptions, io: Io): Promise<void> {
  const findings: Finding[] = preflight(await readHost({ root: options.root }));
  io.out(options.json ? `${JSON.stringify(findings, null, 2)}\n` : renderFindings(findings));
  const blockers = findings.filter(({ severity }) => severity === 'blocker').length;
  if (blockers > 0) throw new BlockedError(blockers);
}
