import { minimalDeviceTree } from '@kexeckit/reboot';
import type { Files } from './tree.ts';

/** 1 GiB. */
export const RAM = { start: 0x4000_0000n, end: 0x7fff_ffffn } as const;

/** The crash kernel's region of {@link withCrashRegion}: 128 MiB. */
export const REGION = { start: 0x7000_0000n, end: 0x77ff_ffffn } as const;

/** The map of a machine of {@link RAM} with a kernel in it, and what else it keeps. */
export const mapOf = (...kept: readonly string[]): string =>
  [
    '40000000-7fffffff : System RAM',
    '  40210000-415fffff : Kernel code',
    '  41a00000-41cfffff : Kernel data',
    ...kept.map((line) => `  ${line}`),
    '',
  ].join('\n');

/** What a machine of {@link RAM} has, without a region. The end of its memory is kept: CMA, or firmware's. */
export const withoutRegion: Files = {
  '/proc/iomem': mapOf('7f000000-7fffffff : reserved'),
  '/sys/firmware/fdt': minimalDeviceTree([RAM], 4),
};

/** The same with a region for a crash kernel. */
export const withCrashRegion: Files = {
  ...withoutRegion,
  '/proc/iomem': mapOf('70000000-77ffffff : Crash kernel', '7f000000-7fffffff : reserved'),
  '/sys/kernel/kexec_crash_size': '134217728\n',
};

/** 128 MiB, of which `mem=64M` leaves out {@link CUT}. */
export const SMALL = { start: 0x4000_0000n, end: 0x47ff_ffffn } as const;
export const CUT = { start: 0x4400_0000n, end: 0x47ff_ffffn } as const;

/** A machine of {@link SMALL} whose kernel was told to leave the upper half alone. */
export const withCut: Files = {
  '/proc/iomem': '40000000-43ffffff : System RAM\n  40210000-415fffff : Kernel code\n',
  '/proc/cmdline': 'console=ttyAMA0 mem=64M\n',
  '/sys/firmware/fdt': minimalDeviceTree([SMALL], 4),
};
