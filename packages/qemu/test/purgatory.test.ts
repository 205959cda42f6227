import { freeRam, systemRam } from '@kexeckit/ioport';
import { type LoadedReboot, planReboot } from '@kexeckit/reboot';
import { runLoaded } from '@kexeckit/reboot/testing';
import {
  emitPurgatory,
  loadImage,
  planStage,
  prove,
  type SegmentContents,
  scatteredAllocator,
  segmentDigest,
} from '@kexeckit/relocation';
import { debianKernel, whyNoDebianKernel } from '@kexeckit/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { QemuMachine } from '../src/index.ts';

const GIB = 1n << 30n;
const MIB = 1n << 20n;
const uart = 0x0900_0000n;

/** What is loaded differs from what the digests were made of. */
type Tamper = (contents: SegmentContents) => SegmentContents;

/**
 * Debian's kernel through a purgatory: a relocation that verifies nothing, as Linux's own, puts it in place with the
 * other segments, and jumps to it.
 */
async function throughPurgatory(machine: QemuMachine, tamper: Tamper = (same) => same): Promise<LoadedReboot> {
  const description = await machine.describe();
  const [ram, free] = [systemRam(description.memory), freeRam(description.memory)];
  const request = {
    ...debianKernel(),
    cmdline: 'console=ttyAMA0 rdinit=/bin/sh',
    strategy: 'mmu-on',
    seed: 3,
  } as const;
  const { plan, contents } = await planReboot({ ...request, verify: false }, description);
  const { exceptionLevel, vhe, placement } = plan.stage;
  const { segments, entry, dtb } = placement;
  const digests = new Map(
    segments.map((segment) => [segment.name, segmentDigest(segment, contents.get(segment.name) ?? new Uint8Array())]),
  );
  // At the top of what is free.
  const base = (free.at(-1)?.end ?? 0n) + 1n - MIB;
  const purgatory = emitPurgatory({
    ...{ exceptionLevel, vhe, base, segments, digests, entry, dtb, ram },
    breadcrumbs: { uart, everyPages: 1 },
  });
  const stage = planStage({
    ...{ strategy: 'mmu-on', exceptionLevel, ram, dtb },
    vhe,
    segments: [...segments, purgatory.segment],
    entry: purgatory.entry,
    allocator: scatteredAllocator(free, 3),
  });
  const loaded = new Map([...tamper(contents), ['purgatory', purgatory.bytes]]);
  const image = loadImage(stage, loaded);
  // The proof is of stages that enter a kernel: that a purgatory is none is all that is wrong.
  expect(prove(stage, image, loaded, description).violations).toMatchObject([
    { invariant: 'hand-over', owners: ['kernel'], detail: expect.stringContaining('can only take it for initrd') },
    { invariant: 'hand-over', owners: ['purgatory'], detail: expect.stringContaining('can only take it for kernel') },
    { invariant: 'hand-over', detail: expect.stringContaining('not an arm64 Image') },
  ]);
  return { plan: { ...plan, stage }, contents: loaded, image };
}

describe("Debian's kernel through a purgatory", () => {
  beforeEach(({ skip }) => {
    const reason = whyNoDebianKernel();
    if (reason !== undefined) skip(reason);
  });

  test.for([1, 2] as const)('reaches user space, at EL%i', { timeout: 400_000 }, async (exceptionLevel) => {
    const machine = new QemuMachine({ memory: GIB, cpus: 2, exceptionLevel, timeoutMs: 150_000 });
    let console = '';
    const report = await runLoaded(machine, await throughPurgatory(machine), {
      onEvent: (event) => {
        if (event.type === 'console') console += event.text;
      },
    });
    expect(report.destinations.map(({ segment }) => segment)).toEqual(['kernel', 'initrd', 'dtb', 'purgatory']);
    expect(report.nextKernel?.reached).toContain('Run /bin/sh as init process');
    expect(console).toMatch(/^kmvoj/);
    expect(console).toContain(`CPU: All CPU(s) started at EL${exceptionLevel}`);
  });

  test('is not entered with one wrong byte in its initrd', { timeout: 400_000 }, async () => {
    const expected = /^km!b$/;
    const machine = new QemuMachine({ memory: GIB, cpus: 1, exceptionLevel: 1, timeoutMs: 60_000, expect: expected });
    const reboot = await throughPurgatory(machine, (contents) => {
      const initrd = contents.get('initrd')?.slice() ?? new Uint8Array();
      initrd[12_345_678] = (initrd[12_345_678] ?? 0) ^ 1;
      return new Map([...contents, ['initrd', initrd]]);
    });
    expect((await runLoaded(machine, reboot)).nextKernel?.reached).toBe('km!b');
  });
});
