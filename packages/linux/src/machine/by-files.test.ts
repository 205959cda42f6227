import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateWorkload, minimalDeviceTree, phases } from '@kexeckit/reboot';
import { describe, expect, test, vi } from 'vitest';
import { unloadDead } from '../holder/ask.ts';
import { thisProcess } from '../holder/process.ts';
import { readHolder } from '../holder/record.ts';
import { callFailed } from '../syscalls/kernel.ts';
import { type Failure, KexecModel } from '../testing/kexec-model.ts';
import { auxv, type Files, healthy, hostWith, plant } from '../testing/tree.ts';
import type { WriteMarkOptions } from '../write-mark.ts';
import { type KernelFiles, loadByFiles, type RebootByFilesOptions, rebootByFiles } from './by-files.ts';
import { readLoaded } from './loaded-record.ts';
import { unloadImages } from './slots.ts';

// Nobody sees the last call return: here it does at once.
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<typeof import('node:timers/promises')>()),
  setTimeout: async () => undefined,
}));

const X86: Files = { '/proc/sys/kernel/arch': 'x86_64\n', '/proc/sys/kernel/osrelease': '6.1.0-50-cloud-amd64\n' };
const LOCKED: Files = { '/sys/kernel/security/lockdown': 'none [integrity] confidentiality\n' };

/** A file that looks like a kernel of this kind. */
function kernelFile(at: number, magic: string): Uint8Array {
  const bytes = new Uint8Array(1024);
  bytes.set(new TextEncoder().encode(magic), at);
  return bytes;
}

const boot: Files = {
  '/boot/bzImage': kernelFile(0x202, 'HdrS'),
  '/boot/Image': kernelFile(56, 'ARM\x64'),
  '/boot/zboot': kernelFile(4, 'zimg'),
  '/boot/initrd': generateWorkload(100, 300, 1).initrd,
  '/boot/noise': 'noise',
};

async function hostAndFiles(changes: Files, errno?: string) {
  const root = await plant({ ...healthy, ...boot });
  const failures = errno === undefined ? [] : [{ call: 'kexec_file_load', time: 1, errno } as const];
  const kernel = new KexecModel(await hostWith(changes), failures);
  const path = (name: string): string => join(root, 'boot', name);
  const load = async (files: Partial<KernelFiles> = {}): Promise<unknown> =>
    await loadByFiles(
      await kernel.read(),
      { kernel: path('bzImage'), initrd: path('initrd'), cmdline: 'quiet', ...files },
      { kernel },
    ).catch((error: unknown) => error);
  return { kernel, path, load };
}

describe('files are loaded by the kernel itself', () => {
  test('with the command line up to its zero, and nothing stays mapped', async () => {
    const { kernel, load } = await hostAndFiles(X86);
    expect(await load()).toBeUndefined();
    expect(kernel.files).toMatchObject({ cmdline: 'quiet', flags: 0n, initrd: expect.any(BigInt) });
    expect(kernel.files?.initrd).not.toBe(kernel.files?.kernel);
    expect(kernel.mappedBytes).toBe(0);
  });

  test('without an initramfs, and with what newer kernels can be told', async () => {
    const { kernel, load } = await hostAndFiles({ ...X86, '/proc/sys/kernel/osrelease': '7.3.4\n' });
    expect(await load({ initrd: undefined, noCma: true, debug: true, cmdline: '' })).toBeUndefined();
    expect(kernel.files).toMatchObject({ cmdline: '', flags: 4n | 8n | 0x10n, initrd: undefined });
  });

  test('where something is loaded already, nothing is', async () => {
    const { kernel, load } = await hostAndFiles(X86);
    await load({ cmdline: 'first' });
    expect(await load({ cmdline: 'second' })).toMatchObject({ code: 'EBUSY', phase: phases.stage });
    expect(kernel.files?.cmdline).toBe('first');
  });

  test('a file that is none is refused before any call', async () => {
    const { kernel, load, path } = await hostAndFiles(X86);
    mkdirSync(path('folder'));
    expect(await load({ kernel: path('absent') })).toMatchObject({ code: 'ENOENT', path: path('absent') });
    expect(await load({ kernel: path('folder') })).toMatchObject({ code: 'EINVAL', path: path('folder') });
    expect(await load({ initrd: path('absent') })).toMatchObject({ code: 'ENOENT', path: path('absent') });
    expect(await load({ cmdline: 'a\0b' })).toMatchObject({ code: 'EINVAL' });
    expect(kernel.calls).toBe(0);
  });

  test('an initramfs that Linux would not unpack is refused before any call, unless it is wanted', async () => {
    const { kernel, load, path } = await hostAndFiles(X86);
    const refusal = { name: 'LinuxError', code: 'EINVAL', message: expect.stringContaining('no initramfs: ') };
    expect(await load({ initrd: path('noise') })).toMatchObject(refusal);
    expect(await load({ initrd: path('Image') })).toMatchObject(refusal);
    expect(kernel.calls).toBe(0);
    expect(await load({ initrd: path('noise'), anyInitrd: true })).toBeUndefined();
  });
});

describe('a refusal says which of its causes applies', () => {
  type Case = readonly [
    errno: string,
    changes: Files,
    files: Partial<Record<'kernel' | 'cmdline', string>>,
    code: string,
    message: RegExp,
  ];
  test.each<Case>([
    ['EPERM', { ...X86, ...LOCKED }, {}, 'EPERM', /lockdown is integrity, and .*bzImage has no signature/],
    [
      'ENOEXEC',
      X86,
      { kernel: 'Image' },
      'ENOEXEC',
      /Image is a plain arm64 Image, and this kernel takes an x86 bzImage/,
    ],
    ['ENOEXEC', X86, {}, 'ENOEXEC', /none of the running kernel's loaders/],
    // The arm64 kernel answers EINVAL for what is no Image.
    [
      'EINVAL',
      {},
      { kernel: 'zboot' },
      'EINVAL',
      /zboot is an EFI zboot image, which is packed, and this kernel takes a plain arm64/,
    ],
    ['EINVAL', X86, {}, 'EINVAL', /refuses the file/],
    ['EKEYREJECTED', X86, {}, 'EPERM', /does not verify/],
    ['ENOKEY', X86, {}, 'EPERM', /a key that the running kernel does not know/],
    ['ENODATA', X86, {}, 'EPERM', /has no signature/],
    ['EBADMSG', X86, {}, 'EPERM', /is damaged/],
    ['ENOMEM', X86, {}, 'ENOMEM', /finds no free pages/],
    ['EBUSY', X86, {}, 'EBUSY', /another process/],
    ['ENOSYS', {}, { kernel: 'Image' }, 'EIO', /CONFIG_KEXEC_FILE/],
    ['EADDRNOTAVAIL', X86, {}, 'EIO', /finds no hole/],
    ['EXDEV', X86, {}, 'EIO', /the kernel refuses it/],
  ])('%s %#', async (errno, changes, { kernel: name, cmdline }, code, message) => {
    const { kernel, load, path } = await hostAndFiles(changes, errno);
    const error = await load({ ...(name && { kernel: path(name) }), ...(cmdline && { cmdline }) });
    expect(error).toMatchObject({
      code,
      phase: phases.stage,
      message: expect.stringMatching(new RegExp(`^kexec_file_load: ${errno}: .*${message.source}`)),
      hint: expect.stringMatching(/./),
    });
    expect([kernel.files, kernel.mappedBytes]).toEqual([undefined, 0]);
  });

  test('a flag that this kernel is too old for is named', async () => {
    const { load } = await hostAndFiles(X86, 'EINVAL');
    expect(await load({ noCma: true })).toMatchObject({
      message: expect.stringMatching(/--no-cma is for Linux 6\.17 .*6\.1\.0-50/),
    });
  });
});

describe('what preflight finds is refused before any call', () => {
  const LIMIT = '/proc/sys/kernel/kexec_load_limit_reboot';
  const ITS: Files = { '/sys/firmware/devicetree/base/its/compatible': 'arm,gic-v3-its\0' };
  const NO_MEMORY: Files = { '/sys/firmware/fdt': minimalDeviceTree([], 4) };

  test.each<[what: string, changes: Files, message: RegExp]>([
    ['an ITS without UEFI', { ...LOCKED, ...ITS }, /GIC has an ITS/],
    ['a device tree without memory', { ...LOCKED, ...NO_MEMORY }, /neither memory nodes nor/],
    ['loading is off', { ...X86, '/proc/sys/kernel/kexec_load_disabled': '1\n' }, /kexec_load_disabled is 1/],
    ['a limit that is used up', { ...X86, [LIMIT]: '1\n' }, /kexec_load_limit_reboot is 1, and .* takes 2/],
    ['one that does not carry both calls', { ...LOCKED, [LIMIT]: '2\n' }, /limit_reboot is 2, and .* takes 3/],
    ['no privilege', { ...X86, '/proc/self/status': 'CapEff:\t0000000000000000\n' }, /CAP_SYS_BOOT/],
    ['a namespace', { ...X86, '/proc/self/uid_map': '0 1000 1\n' }, /a user namespace of its own/],
    ['files of more than half of RAM', { ...X86, '/proc/meminfo': 'MemTotal: 2 kB\n' }, /half of RAM is 1 KiB/],
  ])('%s', async (_, changes, message) => {
    const { kernel, load } = await hostAndFiles(changes);
    expect(await load()).toMatchObject({
      ...{ code: 'EPERM', phase: phases.stage },
      ...{ message: expect.stringMatching(message), hint: expect.stringMatching(/./) },
    });
    expect([kernel.files, kernel.calls]).toEqual([undefined, 0]);
  });

  test.each<[bytes: number, cmdline: string]>([
    [2048, 'x'.repeat(2048)],
    // Two bytes each.
    [2048, 'é'.repeat(1024)],
  ])('a command line of %i bytes', async (bytes, cmdline) => {
    const { kernel, load } = await hostAndFiles(LOCKED);
    expect(await load({ cmdline })).toMatchObject({ message: expect.stringContaining(`has ${bytes} bytes`) });
    expect(kernel.calls).toBe(0);
  });

  test('and what only a plan needs is not', async () => {
    const hidden: Files = { ...X86, '/proc/iomem': null };
    const { load } = await hostAndFiles(hidden);
    expect(await load()).toBeUndefined();
    const { load: loadLarge } = await hostAndFiles({ ...LOCKED, '/proc/self/auxv': auxv(65536) });
    expect(await loadLarge()).toBeUndefined();
  });
});

describe('what others of ours have noted counts by files, too', () => {
  async function noted() {
    const root = await plant({ ...healthy, ...boot });
    const folder = join(root, 'run');
    mkdirSync(folder);
    const kernel = new KexecModel(await hostWith(X86));
    const files = { kernel: join(root, 'boot/bzImage'), cmdline: 'quiet' };
    const options = { kernel, folder, read: kernel.read };
    const holder = (changes: object = {}): void =>
      writeFileSync(join(folder, 'holder.json'), JSON.stringify({ ...thisProcess(), strategy: 'mmu-on', ...changes }));
    const load = async () => await loadByFiles(await kernel.read(), files, options);
    const reboot = async () => await rebootByFiles(await kernel.read(), files, { ...options, atOnce: true });
    return { folder, kernel, holder, load, reboot };
  }

  test.each(['load', 'reboot'] as const)('%s loads nothing that cannot be noted', async (name) => {
    const { folder, kernel, ...by } = await noted();
    mkdirSync(join(folder, 'loaded.json'));
    await expect(by[name]()).rejects.toMatchObject({ name: 'LinuxError', code: 'EIO' });
    expect([kernel.files, kernel.mappedBytes]).toEqual([undefined, 0]);
  });

  test('what a dead holder has left is unloaded first', async () => {
    const { folder, kernel, holder, load } = await noted();
    kernel.next = { entry: 1n, segments: [] };
    holder({ started: 1 });
    await load();
    expect([kernel.next, kernel.files?.cmdline]).toEqual([undefined, 'quiet']);
    expect([readHolder(folder), readLoaded(folder)?.isHeld]).toEqual([undefined, false]);
  });

  test('the note of a dead one that has left nothing is gone behind a load', async () => {
    const { folder, kernel, holder, load } = await noted();
    holder({ started: 1 });
    await load();
    expect(await unloadDead(await kernel.read(), kernel, folder)).toBeUndefined();
    expect(kernel.files?.cmdline).toBe('quiet');
  });

  test('a holder that may live is not disturbed', async () => {
    const { kernel, holder, load } = await noted();
    holder({ namespace: 'pid:[1]' });
    await expect(load()).rejects.toMatchObject({ code: 'EBUSY', phase: phases.stage });
    expect(kernel.calls).toBe(0);
  });

  test('a load that fails is not noted', async () => {
    const { folder, kernel, load } = await noted();
    kernel.call = () => {
      throw callFailed('kexec_file_load', 'ENOEXEC');
    };
    await expect(load()).rejects.toMatchObject({ code: 'ENOEXEC' });
    expect(readLoaded(folder)).toBeUndefined();
  });
});

describe('a reboot into files', () => {
  async function rebootWith(failures: readonly Failure[] = [], options: RebootByFilesOptions = {}, host: Files = X86) {
    const root = await plant({ ...healthy, ...boot });
    const folder = join(root, 'run');
    const kernel = new KexecModel(await hostWith(host), failures);
    const marks: WriteMarkOptions[] = [];
    const files = { kernel: join(root, 'boot/bzImage'), initrd: join(root, 'boot/initrd'), cmdline: 'quiet' };
    const outcome = await rebootByFiles(await kernel.read(), files, {
      ...{ kernel, folder, read: kernel.read, atOnce: true, leaveMark: (mark) => void marks.push(mark) },
      ...options,
    }).catch((error: unknown) => error);
    return { kernel, marks, outcome, noted: readLoaded(folder) };
  }

  test('loads them, leaves the mark of the reboot, and goes', async () => {
    const { kernel, marks, outcome } = await rebootWith();
    expect(outcome).toBeUndefined();
    expect([kernel.rebooted, kernel.files?.cmdline]).toEqual([true, 'quiet']);
    expect(marks).toEqual([{ strategy: 'kernel', checks: false }]);
  });

  test.each([
    ['5.10.0-30-arm64', { isTraceless: true }],
    ['6.1.0-50-arm64', {}],
  ])('says so in the mark where the kernel leaves no trace of kexec: %s', async (release, trace) => {
    const { marks } = await rebootWith([], {}, { '/proc/sys/kernel/osrelease': `${release}\n` });
    expect(marks).toEqual([{ strategy: 'kernel', checks: false, ...trace }]);
  });

  test('leaves nothing loaded where the load is refused', async () => {
    const { kernel, outcome } = await rebootWith([{ call: 'kexec_file_load', time: 1, errno: 'ENODATA' }]);
    expect(outcome).toMatchObject({ code: 'EPERM', phase: phases.stage });
    expect([kernel.files, kernel.rebooted]).toEqual([undefined, false]);
  });

  test('unloads them where somebody ends it between the two', async () => {
    const control = new AbortController();
    const read = async () => {
      control.abort(new Error('ended'));
      return await hostWith({ ...X86, '/sys/kernel/kexec_loaded': '1\n' });
    };
    const { kernel, marks, outcome, noted } = await rebootWith([], { read, signal: control.signal });
    expect(outcome).toMatchObject({ message: 'ended' });
    expect([kernel.files, kernel.rebooted, marks, noted]).toEqual([undefined, false, [], undefined]);
  });

  test('leaves alone what somebody else has loaded', async () => {
    const loaded = await hostWith({ ...X86, '/sys/kernel/kexec_loaded': '1\n' });
    const kernel = new KexecModel(loaded);
    kernel.files = { kernel: 3n, initrd: undefined, cmdline: 'theirs', flags: 0n };
    const files = { kernel: join(await plant(boot), 'boot/bzImage'), cmdline: '' };
    await expect(rebootByFiles(loaded, files, { kernel })).rejects.toMatchObject({ code: 'EBUSY' });
    expect(kernel.files.cmdline).toBe('theirs');
  });

  test('keeps them where the kernel does not go', async () => {
    const { kernel, outcome, noted } = await rebootWith([{ call: 'reboot', time: 1, errno: 'ENOMEM' }]);
    expect(outcome).toMatchObject({
      ...{ code: 'ENOMEM', phase: phases.shutdown },
      hint: expect.stringContaining('the image is still loaded: kexeckit exec'),
    });
    expect([kernel.files?.cmdline, noted?.strategy]).toEqual(['quiet', 'kernel']);
  });
});

describe('what is loaded is unloaded', () => {
  test.each(['EPERM', 'EACCES', 'ENOSYS'])('by the other call where kexec_load gives %s', async (errno) => {
    const kernel = new KexecModel(await hostWith({ ...X86, '/sys/kernel/kexec_crash_size': '1048576\n' }), [
      { call: 'kexec_load', time: 1, errno },
      { call: 'kexec_load', time: 2, errno },
    ]);
    kernel.files = { kernel: 3n, initrd: undefined, cmdline: '', flags: 4n };
    kernel.crash = { entry: 1n, segments: [] };
    await unloadImages(await kernel.read(), kernel);
    expect([kernel.files, kernel.crash]).toEqual([undefined, undefined]);
  });

  test('or the first call says why it is not', async () => {
    const kernel = new KexecModel(await hostWith({ '/proc/self/status': 'CapEff:\t0000000000000000\n' }), [
      { call: 'kexec_load', time: 1, errno: 'EPERM' },
      { call: 'kexec_file_load', time: 1, errno: 'ENOSYS' },
    ]);
    await expect(unloadImages(await kernel.read(), kernel)).rejects.toMatchObject({
      message: expect.stringMatching(/^kexec_load: EPERM: this process has no CAP_SYS_BOOT \(.*CapEff/),
    });
  });
});
