import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark } from '@kexeckit/bench';
import { debianFiles } from '@kexeckit/testing';

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

/** Debian's kernel and initramfs, 73 MB, on a map of 64 GiB: all that `plan` does, from start to end. */
const planDebian: Benchmark = {
  name: "start and end: plan of Debian's files, 64 GiB",
  setup: () => {
    const iomem = join(mkdtempSync(join(tmpdir(), 'kexeckit-bench-')), 'iomem');
    writeFileSync(iomem, '80000000-ffffffff : System RAM\n880000000-17ffffffff : System RAM\n');
    const { kernel, initrd } = debianFiles;
    return () => node(script, 'plan', '--iomem', iomem, '--kernel', kernel, '--initrd', initrd);
  },
  operations: 1,
  reference: { name: 'node -e 0', setup: () => () => node('-e', '0') },
};

export const benchmarks: readonly Benchmark[] = [
  start('--version'),
  start('--help'),
  start('reboot', '--help'),
  planDebian,
];
