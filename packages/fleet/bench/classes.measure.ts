import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DigestedFile } from '@kexeckit/rollout';
import { debianFiles } from '@kexeckit/testing';
import { test } from 'vitest';
import { planClasses } from '../src/reality/class-plan.ts';
import { survey } from '../src/reality/survey.ts';
import { bundleOf, guestFiles } from '../src/simulation/guests.ts';
import { fleetOf, ownBoot } from '../src/testing/surveyed.ts';

/** Threads run what is built. */
const worker = new URL('../dist/reality/class-worker.js', import.meta.url);
const agent: DigestedFile = { path: '/nowhere', size: 1, sha256: 'a'.repeat(64) };

function digested(path: string): DigestedFile {
  const bytes = readFileSync(path);
  return { path, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Maps of memory that differ in where the crash region ends. */
function bundles(count: number): Promise<Uint8Array[]> {
  const ends = Array.from({ length: count }, (_, at) => (0x9fff_ffff - at * 0x10_0000).toString(16));
  return Promise.all(
    ends.map((end) =>
      bundleOf({ ...guestFiles, 'proc/iomem': String(guestFiles['proc/iomem']).replace('9fffffff', end) }),
    ),
  );
}

console.info("Debian's kernel and initramfs, 73 MB:");
console.info('| hosts | classes | asked in | planned, proved and rehearsed in | a class |');
console.info('|---|---|---|---|---|');

test.for([
  [1000, 1],
  [1000, 2],
  [1000, 4],
  [100_000, 4],
] as const)('%i hosts of %i classes', async ([hosts, classes]) => {
  const folder = mkdtempSync(join(tmpdir(), 'kexeckit-classes-'));
  const { inventory, side } = fleetOf(await bundles(classes), ownBoot, hosts);
  const next = {
    kernel: digested(debianFiles.kernel),
    initrd: digested(debianFiles.initrd),
    dtb: undefined,
    cmdline: 'quiet',
    strategy: 'mmu-on',
  };
  const began = performance.now();
  const found = await survey(inventory, { agent, agentFor: () => side, concurrency: 64 });
  const asked = performance.now();
  const planned = await planClasses(found, next, { folder, worker, concurrency: 2 });
  const seconds = (performance.now() - asked) / 1000;
  rmSync(folder, { recursive: true });
  if (planned.hosts.length !== hosts) throw new Error(`left out: ${planned.left[0]?.why}`);
  const cells = [hosts, classes, `${((asked - began) / 1000).toFixed(1)} s`, `${seconds.toFixed(1)} s`];
  console.info(`| ${[...cells, `${(seconds / classes).toFixed(1)} s`].join(' | ')} |`);
});
