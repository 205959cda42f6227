import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Benchmark } from '@kexeckit/bench';

/** The command as it is installed: one file. */
const script = join(import.meta.dirname, '../../dist/bundle/kexeckit.cjs');

/** Runs Node to its end. @throws TypeError where it fails: that is no start. */
function node(...args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new TypeError(`node ${args.join(' ')} ended with ${status}`);
}

/** How long the command takes until it has ended, beside a Node that does nothing. */
const start = (...args: readonly string[]): Benchmark => ({
  name: `start and end: ${args.join(' ')}`,
  setup: () => () => node(script, ...args),
  operations: 1,
  reference: { name: 'node -e 0', setup: () => () => node('-e', '0') },
});

export const benchmarks: readonly Benchmark[] = [start('--version'), start('--help'), start('reboot', '--help')];
