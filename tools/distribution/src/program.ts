import { spawnSync } from 'node:child_process';
import { DistributionError } from './error.ts';

/** How a program is to run. */
export interface Surroundings {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs a program, and returns what it printed.
 *
 * @param from where to get it.
 * @throws DistributionError `ENOENT` where it is not installed, `EIO` where it failed.
 */
export function runProgram(
  from: string,
  program: string,
  args: readonly string[],
  { cwd, env }: Surroundings = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, ...env },
  });
  if (error !== undefined) throw new DistributionError('ENOENT', `${program} cannot be run: ${error.message}`, from);
  if (status === 0) return stdout;
  const last = stderr.trim().split('\n').slice(-3).join('; ');
  throw new DistributionError('EIO', `${program} ${args[0] ?? ''} failed: ${last}`, 'see what it says');
}
