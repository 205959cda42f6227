import { commitReboot, generateWorkload, phases, proveReboot, stageReboot } from '@kexeckit/reboot';
import { addressOf, copiesOf, pfnOf } from '@kexeckit/relocation';
import { describe, expect, test, vi } from 'vitest';
import { RAM, withoutRegion } from '../testing/hosts.ts';
import { type Failure, KexecModel } from '../testing/kexec-model.ts';
import { jumpedTo, states } from '../testing/strict-host.ts';
import { type Files, hostWith } from '../testing/tree.ts';
import { LinuxMachine, type LinuxMachineOptions } from './machine.ts';

const workload = generateWorkload(300_000, 100_000, 3);
const request = { ...workload, cmdline: 'quiet', strategy: 'mmu-on', seed: 1 } as const;

async function machineWith(options: LinuxMachineOptions = {}, failures: readonly Failure[] = [], changes: Files = {}) {
  const kernel = new KexecModel(await hostWith({ ...withoutRegion, ...changes }), failures);
  const machine = new LinuxMachine({ kernel, read: kernel.read, leaveMark: () => {}, services: 'none', ...options });
  return { kernel, machine };
}

const stage = (machine: LinuxMachine) => stageReboot(machine, request, { rehearse: false });

/** Nothing of ours is left. */
const leftIn = ({ next, memory }: KexecModel) => [next, memory.mappedBytes, memory.rings];
const nothing = [undefined, 0, 0];

describe('a reboot from pages of our own', () => {
  test('stands in pinned pages outside of every destination, with a small image beside it', async () => {
    const { kernel, machine } = await machineWith();
    const { plan } = await stage(machine);
    const { segments } = plan.stage.placement;
    for (const { source, pages } of copiesOf(plan.stage)) {
      const [start, end] = [addressOf(source), addressOf(source + pages)];
      expect(segments.some(({ mem, memsz }) => start < mem + memsz && mem < end)).toBe(false);
      // Not in CMA, which the memory map reserves.
      expect(end).toBeLessThanOrEqual(0x7f00_0000n);
    }
    expect(kernel.next?.segments).toHaveLength(1);
    const [own] = kernel.next?.segments ?? [];
    expect(own?.memsz).toBeLessThan(64n * 4096n);
    // Runs of pages take few words of the list.
    expect(copiesOf(plan.stage).length).toBeLessThan(copiesOf(plan.stage).pages / 10);
  });

  test.each(states)('is moved, verified and entered at %s, whatever the host was taken for', async (_, state) => {
    for (const assumed of [1, 2] as const) {
      const { kernel, machine } = await machineWith({ exceptionLevel: assumed });
      const { plan } = await stage(machine);
      kernel.memory.compact();
      const strict = jumpedTo(kernel.next?.entry ?? 0n, [kernel.next], state, RAM);
      for (const [pfn, bytes] of kernel.memory.frames()) strict.memory.frame(pfn)?.bytes().set(bytes);
      const { entry, dtb, segments } = plan.stage.placement;
      strict.cpu.breakAt(entry);
      expect(strict.cpu.run(50_000_000)).toBe('breakpoint');
      expect([strict.cpu.pc, strict.cpu.registers.get(0)]).toEqual([entry, dtb]);
      const [kernelAt] = segments;
      const landed = strict.memory.frame(pfnOf(kernelAt?.mem ?? 0n))?.bytes();
      expect(landed?.subarray(0, 64)).toEqual(workload.kernel.subarray(0, 64));
    }
  });

  test('is given back by a discard', async () => {
    const { kernel, machine } = await machineWith();
    const { staged } = await stage(machine);
    expect(kernel.memory.rings).toBeGreaterThan(0);
    await staged.discard();
    expect(leftIn(kernel)).toEqual(nothing);
  });

  test('is committed when every page is still in its frame, with its bytes', async () => {
    const { kernel, machine } = await machineWith();
    const held = await stage(machine);
    kernel.memory.compact();
    const commit = commitReboot(machine, held);
    await vi.waitFor(() => expect(kernel.rebooted).toBe(true));
    commit.catch(() => {});
  });
});

test('services that would end this process are not waited for', async () => {
  const services = { name: 'systemd', rebootIntoLoaded: async () => {} };
  const { kernel, machine } = await machineWith({ services });
  const held = await stage(machine);
  await expect(commitReboot(machine, held)).rejects.toMatchObject({ code: 'EBUSY', phase: phases.quiesce });
  expect(leftIn(kernel)).toEqual(nothing);
});

describe('what has changed before the commit is caught', () => {
  test('a byte of a page', async () => {
    const { kernel, machine } = await machineWith();
    const held = await stage(machine);
    const source = copiesOf(held.plan.stage).at(0)?.source ?? 0;
    for (const [pfn, bytes] of kernel.memory.frames()) if (pfn === source) bytes[17] = (bytes[17] ?? 0) ^ 4;
    await expect(commitReboot(machine, held)).rejects.toMatchObject({
      code: 'ESTALE',
      message: expect.stringMatching(/have changed/),
    });
    expect([kernel.rebooted, ...leftIn(kernel)]).toEqual([false, ...nothing]);
  });

  test('the frame of a page', async () => {
    const { kernel, machine } = await machineWith();
    const held = await stage(machine);
    kernel.memory.moveFrame(copiesOf(held.plan.stage).at(0)?.source ?? 0);
    await expect(commitReboot(machine, held)).rejects.toMatchObject({
      code: 'ESTALE',
      message: expect.stringMatching(/a pinned page was in frame 0x[0-9a-f]+, and lies in frame 0x/),
    });
    expect([kernel.rebooted, ...leftIn(kernel)]).toEqual([false, ...nothing]);
  });

  test('somebody has unloaded it', async () => {
    const { kernel, machine } = await machineWith();
    const held = await stage(machine);
    kernel.next = undefined;
    await expect(commitReboot(machine, held)).rejects.toMatchObject({ code: 'ESTALE' });
    expect([kernel.rebooted, ...leftIn(kernel)]).toEqual([false, ...nothing]);
  });
});

describe('what fails behind the last look leaves nothing', () => {
  const noMemory = new RangeError('Array buffer allocation failed');
  const fail = (): never => {
    throw noMemory;
  };

  test('the host cannot be read', async () => {
    const { kernel } = await machineWith();
    let isShort = false;
    const read = async () => (isShort ? fail() : await kernel.read());
    const machine = new LinuxMachine({ kernel, read, leaveMark: () => {}, services: 'none' });
    const { staged } = await stage(machine);
    isShort = true;
    await expect(staged.commit()).rejects.toBe(noMemory);
    expect([kernel.rebooted, ...leftIn(kernel), await machine.staged()]).toEqual([false, ...nothing, undefined]);
  });

  test('the mark cannot be made', async () => {
    const { kernel, machine } = await machineWith({ leaveMark: fail });
    await expect(commitReboot(machine, await stage(machine))).rejects.toBe(noMemory);
    expect([kernel.rebooted, ...leftIn(kernel), await machine.staged()]).toEqual([false, ...nothing, undefined]);
  });
});

describe('a commit that comes to nothing, and an image that the kernel keeps', () => {
  /** The kernel does not let go before it is told to. */
  async function committed(change: (kernel: KexecModel, frame: number) => void, failures: readonly Failure[] = []) {
    const { kernel, machine } = await machineWith({}, failures);
    const held = await stage(machine);
    change(kernel, copiesOf(held.plan.stage).at(0)?.source ?? 0);
    kernel.limits.next = 0;
    const error: unknown = await held.staged.commit().catch((thrown: unknown) => thrown);
    return { kernel, machine, error, held };
  }

  test.each<[what: string, change: (kernel: KexecModel, frame: number) => void, failures: Failure[], message: RegExp]>([
    ['a page has moved', (kernel, frame) => kernel.memory.moveFrame(frame), [], /a pinned page was in frame/],
    ['the kernel does not go', () => {}, [{ call: 'reboot', time: 1, errno: 'EPERM' }], /reboot: EPERM/],
  ])('are both told of, and its pages are kept until it is discarded: %s', async (_, change, failures, message) => {
    const { kernel, machine, error, held } = await committed((at, frame) => {
      at.synced = true;
      change(at, frame);
    }, failures);
    expect(error).toMatchObject({
      message: expect.stringMatching(new RegExp(`${message.source}.*could not be unloaded: kexec_load: EPERM`, 's')),
      hint: expect.stringMatching(/still loaded: kexeckit unload/),
    });
    expect([kernel.next !== undefined, kernel.memory.rings > 0]).toEqual([true, true]);
    const left = await machine.staged();
    expect(left?.plan).toBe(held.plan);
    await expect(left?.commit()).rejects.toMatchObject({ code: 'EALREADY' });
    await expect(stage(machine)).rejects.toMatchObject({ code: 'EBUSY' });
    await expect(left?.discard()).rejects.toMatchObject({ code: 'EPERM' });
    kernel.limits.next = -1;
    await left?.discard();
    expect([...leftIn(kernel), await machine.staged()]).toEqual([...nothing, undefined]);
  });
});

describe('what goes wrong leaves nothing pinned and nothing loaded', () => {
  /** Every call of one kind, until there are no more. */
  const calls: readonly (readonly [call: Failure['call'], times: number])[] = [
    ['mmap', 8],
    ['madvise', 4],
    ['mlock', 2],
    ['io_uring_setup', 2],
    ['io_uring_register', 2],
    ['kexec_load', 1],
  ];
  test.each(
    calls.flatMap(([call, times]) =>
      Array.from({ length: times }, (_, at) => ({ call, time: at + 1, errno: 'ENOMEM' })),
    ),
  )('out of memory: $call, $time', async (failure) => {
    const { kernel, machine } = await machineWith({}, [failure]);
    const outcome: unknown = await stage(machine).catch((thrown: unknown) => thrown);
    // Without huge pages it goes on.
    if (failure.call === 'madvise' && failure.time % 2 === 1) return expect(kernel.next).toBeDefined();
    expect(outcome).toMatchObject({ code: 'ENOMEM', message: expect.stringContaining(`${failure.call}: ENOMEM`) });
    return expect(leftIn(kernel)).toEqual(nothing);
  });

  test.each<[call: Failure['call'], errno: string, code: string, message: RegExp]>([
    ['io_uring_setup', 'ENOSYS', 'EIO', /the kernel has no io_uring/],
    ['io_uring_setup', 'EPERM', 'EPERM', /a seccomp filter/],
    ['io_uring_setup', 'EACCES', 'EPERM', /a security module/],
    ['io_uring_register', 'EFAULT', 'EIO', /could not pin the pages/],
    ['io_uring_register', 'EOPNOTSUPP', 'EIO', /pins no pages of this kind/],
    ['io_uring_register', 'EINVAL', 'EIO', /the kernel refuses it/],
    ['io_uring_setup', 'EMFILE', 'EIO', /RLIMIT_NOFILE/],
    ['io_uring_setup', 'ENFILE', 'EIO', /fs.file-max/],
    ['mmap', 'EAGAIN', 'EIO', /mlockall/],
    [
      'mmap',
      'ENOMEM',
      'ENOMEM',
      /not known: .*promises no more .*; 2\. the kernel has no memory .*; 3\. .* limit of its own/,
    ],
    ['mlock', 'EPERM', 'EPERM', /may not lock memory/],
    ['mlock', 'EAGAIN', 'ENOMEM', /mlock: EAGAIN: the kernel has no memory/],
  ])('%s: %s', async (call, errno, code, message) => {
    const { kernel, machine } = await machineWith({}, [{ call, time: 1, errno }]);
    await expect(stage(machine)).rejects.toMatchObject({
      ...{ code, phase: phases.plan },
      ...{ message: expect.stringMatching(message), hint: expect.stringMatching(/./) },
    });
    expect(leftIn(kernel)).toEqual(nothing);
  });

  test.each<[why: string, texts: Record<string, string>, failure: Failure | undefined, message: RegExp]>([
    [
      'io_uring is switched off',
      { '/proc/sys/kernel/io_uring_disabled': '2\n' },
      { call: 'io_uring_setup', time: 1, errno: 'EPERM' },
      /kernel.io_uring_disabled is 2/,
    ],
    [
      'the kernel has promised all that it has',
      {
        '/proc/sys/vm/overcommit_memory': '2\n',
        '/proc/meminfo': 'MemAvailable: 864532 kB\nCommitLimit:     100000 kB\nCommitted_AS:     99999 kB\n',
      },
      { call: 'mmap', time: 1, errno: 'ENOMEM' },
      /ENOMEM: the kernel promises no more .* 99999 of 100000 kB are promised$/,
    ],
    [
      'it promises what it is asked for',
      { '/proc/sys/vm/overcommit_memory': '0\n', '/proc/meminfo': 'MemAvailable: 864532 kB\n' },
      { call: 'mmap', time: 1, errno: 'ENOMEM' },
      /not known: 1\. the kernel has no memory .*; 2\. this process has reached a limit of its own/,
    ],
    [
      'locked memory is limited',
      { '/proc/self/limits': 'Max locked memory         8388608              8388608              bytes\n' },
      { call: 'io_uring_register', time: 1, errno: 'ENOMEM' },
      /may lock 8388608 bytes \(RLIMIT_MEMLOCK\)/,
    ],
    ['memory is short', { '/proc/meminfo': 'MemAvailable:   30000 kB\n' }, undefined, /29 MiB are available/],
  ])('with the evidence: %s', async (_, texts, failure, message) => {
    const { kernel, machine } = await machineWith({}, failure === undefined ? [] : [failure]);
    for (const [path, text] of Object.entries(texts)) kernel.texts.set(path, text);
    await expect(stage(machine)).rejects.toMatchObject({ message: expect.stringMatching(message) });
    expect(leftIn(kernel)).toEqual(nothing);
  });

  test('frames that the kernel does not tell', async () => {
    const { kernel, machine } = await machineWith();
    kernel.pagemap = (_, pages) => new BigUint64Array(pages).fill(1n << 63n);
    await expect(stage(machine)).rejects.toMatchObject({
      code: 'EPERM',
      message: expect.stringMatching(/does not tell this process/),
    });
    expect(leftIn(kernel)).toEqual(nothing);
  });

  test('a plan of another process', async () => {
    const { machine } = await machineWith();
    const { loan, ...proved } = await proveReboot(machine, request);
    await loan?.release();
    await expect(machine.stage({ ...proved, loan })).rejects.toMatchObject({ code: 'ESTALE' });
    await expect(machine.stage(proved)).rejects.toMatchObject({
      code: 'ESTALE',
      message: expect.stringMatching(/no pages in this process/),
    });
  });
});
