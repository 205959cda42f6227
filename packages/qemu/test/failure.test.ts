import { encode } from '@kexeckit/a64';
import {
  coverLetterWorkload,
  generateWorkload,
  phases,
  planReboot,
  RebootError,
  type RebootRequest,
  reboot,
} from '@kexeckit/reboot';
import { runLoaded } from '@kexeckit/reboot/testing';
import { copiesOf, loadImage } from '@kexeckit/relocation';
import { debianKernel, whyNoDebianKernel, whyNoQemu } from '@kexeckit/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { QemuMachine, type QemuOptions } from '../src/index.ts';

const MIB = 1n << 20n;
const workload = generateWorkload(300_000, 100_000, 9);

function machineOf(options: Partial<QemuOptions> = {}): QemuMachine {
  return new QemuMachine({ memory: 256n * MIB, cpus: 1, exceptionLevel: 1, timeoutMs: 20_000, ...options });
}

/** What a reboot of this kernel fails with. */
async function failureOf(machine: QemuMachine, change: Partial<RebootRequest> = {}): Promise<RebootError> {
  try {
    await reboot(machine, { ...workload, cmdline: 'console=ttyAMA0', strategy: 'mmu-on', seed: 1, ...change });
  } catch (error) {
    if (error instanceof RebootError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** A kernel whose first instructions are these, after the header. */
function kernelOf(...words: number[]): Uint8Array {
  const kernel = workload.kernel.slice();
  new Uint8Array(kernel.buffer).set(new Uint8Array(Uint32Array.from(words).buffer), 64);
  return kernel;
}

test('a QEMU that is not there', async () => {
  const error = await failureOf(machineOf({ binary: 'qemu-system-nowhere' }));
  expect(error).toMatchObject({ code: 'ENOENT', phase: phases.describe });
  expect(error.hint).toContain('apt-get install qemu-system-arm');
});

describe('on a QEMU that is there', () => {
  beforeEach(({ skip }) => {
    const reason = whyNoQemu();
    if (reason !== undefined) skip(reason);
  });

  test('a machine too small for the segments', { timeout: 60_000 }, async () => {
    const error = await failureOf(machineOf({ memory: 64n * MIB }), coverLetterWorkload()).catch(
      (other: unknown) => other,
    );
    expect(error).toMatchObject({ code: 'EINVAL' });
    expect(String(error)).toMatch(/more than half of RAM/);
    const tiny = await failureOf(machineOf({ memory: 32n * MIB }), coverLetterWorkload());
    expect(tiny).toMatchObject({ code: 'ENOSPC', phase: phases.plan });
  });

  test('a file that is no arm64 kernel', { timeout: 60_000 }, async () => {
    const machine = machineOf();
    const run = (kernel: Uint8Array): Promise<unknown> =>
      reboot(machine, { kernel, cmdline: '', strategy: 'mmu-on', seed: 1 });
    await expect(run(new Uint8Array(4096))).rejects.toMatchObject({ code: 'ENOEXEC' });
  });

  test('a kernel that hangs without a word', { timeout: 90_000 }, async () => {
    let error: RebootError | undefined;
    // On a busy host the time of the first run may be over before the kernel is entered.
    for (const timeoutMs of [10_000, 60_000]) {
      error = await failureOf(machineOf({ timeoutMs }), { kernel: kernelOf(encode('b', 0)) });
      if (error.phase === phases.startup) break;
    }
    expect(error).toMatchObject({ code: 'ETIMEDOUT', phase: phases.startup, console: [] });
    expect(error?.hint).toContain('earlycon');
  });

  test('a routine that faults is found where it stands', { timeout: 60_000 }, async () => {
    const machine = machineOf({ timeoutMs: 3000 });
    const { plan, contents } = await planReboot(
      { ...workload, cmdline: '', strategy: 'mmu-on', seed: 1 },
      await machine.describe(),
    );
    const image = loadImage(plan.stage, contents);
    new Uint32Array(image.writable(Number(plan.stage.start >> 12n)).buffer).set([0], 4);
    await expect(runLoaded(machine, { plan, contents, image })).rejects.toMatchObject({
      phase: phases.relocation,
      code: 'ETIMEDOUT',
    });
  });

  test('a wrong byte in memory is seen before the jump', { timeout: 60_000 }, async () => {
    const machine = machineOf();
    const { plan, contents } = await planReboot(
      { ...workload, cmdline: '', strategy: 'mmu-on', seed: 1 },
      await machine.describe(),
    );
    const image = loadImage(plan.stage, contents);
    image.writable(copiesOf(plan.stage).at(3)?.source ?? -1).set([0, 1, 2, 3]);
    await expect(runLoaded(machine, { plan, contents, image })).rejects.toMatchObject({
      phase: phases.relocation,
      code: 'EIO',
    });
  });

  test('cancelling ends QEMU', { timeout: 60_000 }, async () => {
    const stop = new AbortController();
    const running = reboot(
      machineOf({ timeoutMs: 30_000 }),
      { ...workload, kernel: kernelOf(encode('b', 0)), cmdline: '', strategy: 'mmu-on', seed: 1 },
      {
        signal: stop.signal,
        onEvent: (event) =>
          event.type === 'phase' &&
          event.phase === phases.startup.name &&
          setTimeout(() => stop.abort(new Error('enough')), 1500),
      },
    );
    await expect(running).rejects.toMatchObject({ code: 'ECANCELED' });
  });
});

test('a kernel that panics, with its last words', { timeout: 120_000 }, async ({ skip }) => {
  const reason = whyNoDebianKernel();
  if (reason !== undefined) skip(reason);
  const machine = machineOf({ memory: 1024n * MIB, timeoutMs: 100_000 });
  const { kernel } = debianKernel();
  const error = await reboot(machine, {
    kernel,
    cmdline: 'console=ttyAMA0 panic=0',
    strategy: 'reserved',
    seed: 1,
  }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ phase: phases.startup, code: 'EIO' });
  expect(String(error)).toContain('Kernel panic - not syncing: VFS');
  expect(error instanceof RebootError ? error.console.length : 0).toBeGreaterThan(3);
});
