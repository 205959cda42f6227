import type { TextName, Wanted } from './wanted.ts';

/** What an option does. */
export type Effect =
  /** Changes what is wanted. */
  | { readonly sets: Partial<Wanted> }
  /** Its value is one of the texts that are wanted. */
  | { readonly takes: TextName }
  /** Is said at once, and nothing else is done. */
  | { readonly says: 'usage' | 'usage error' | 'version' }
  /** Has nothing to do here. */
  | { readonly idle: true }
  /** Is not had, but with a value that asks for nothing: what to do in its place. */
  | { readonly refused: string; readonly unless?: string };

/** An option of kexec-tools, and what it does here. */
export interface KexecOption {
  readonly short?: string;
  /** Without the two hyphens; several are the same option. */
  readonly long: readonly string[];
  /** What stands for its value: `FILE`. Undefined: it has none. */
  readonly value?: string;
  readonly summary: string;
  readonly effect: Effect;
  /** In what it differs from kexec-tools; undefined where it does not. */
  readonly differs?: string;
}

const LOAD: Partial<Wanted> = { load: true, exec: false, shutdown: false };
const NO_JUMP_BACK = 'arm64 kernels cannot come back from a kexec; load a kernel with -l';
const LIMITS = 'by kexec_load only, and not for a panic: the region decides there';
const NO_XEN = 'that is for Xen, which kexeckit does not load; use kexec-tools under Xen';

/** Every option of kexec-tools 2.0.32 on arm64, in the order of its help. */
export const options: readonly KexecOption[] = [
  { short: 'h', long: ['help'], summary: 'print this help', effect: { says: 'usage' } },
  {
    short: '?',
    long: [],
    summary: 'print this help on standard error, and fail',
    effect: { says: 'usage error' },
    differs: 'kexec-tools prints it on standard output',
  },
  {
    short: 'v',
    long: ['version'],
    summary: 'print the version',
    effect: { says: 'version' },
    differs: "the version is kexeckit's",
  },
  {
    short: 'f',
    long: ['force'],
    summary: 'load, and reboot into it at once: shutdown(8) is not called',
    effect: { sets: { load: true, shutdown: false, sync: true, ifdown: true, exec: true } },
  },
  {
    short: 'i',
    long: ['no-checks'],
    summary: 'compare no digests before the jump',
    effect: { sets: { noChecks: true } },
    differs: 'nor is the load rehearsed; it is planned and proved all the same',
  },
  { short: 'x', long: ['no-ifdown'], summary: 'leave network interfaces up', effect: { sets: { noIfdown: true } } },
  { short: 'y', long: ['no-sync'], summary: 'do not write out file systems', effect: { sets: { noSync: true } } },
  {
    short: 'l',
    long: ['load'],
    summary: 'load a kernel for a reboot',
    effect: { sets: { ...LOAD, normal: true } },
    differs:
      'by kexec_load it is planned, proved and rehearsed first; what is loaded stays where the kernel refuses, but for what a process of kexeckit holds, or a panic would start with it: that is unloaded right before the call',
  },
  {
    short: 'p',
    long: ['load-panic'],
    summary: 'load a kernel for a panic',
    effect: { sets: { ...LOAD, sync: false, panic: true } },
    differs: '-d keeps its meaning before it, too',
  },
  {
    short: 'u',
    long: ['unload'],
    summary: 'unload what a reboot would start; with -p, what a panic would',
    effect: { sets: { load: false, shutdown: false, sync: false, unload: true } },
    differs: 'a capture kernel that stands beside a reboot of kexeckit goes with it, and kdump loads its own again',
  },
  {
    short: 'e',
    long: ['exec'],
    summary: 'reboot into what is loaded',
    effect: { sets: { load: false, shutdown: false, sync: true, ifdown: true, exec: true } },
    differs: 'what kexeckit has loaded is looked at once more, and refused where it has changed',
  },
  {
    long: ['exec-live-update'],
    summary: 'reboot into a Xen that is loaded, with its guests',
    effect: { refused: NO_XEN },
  },
  {
    short: 't',
    long: ['type'],
    value: 'TYPE',
    summary: 'refuse a kernel of another type than vmlinux, Image, uImage, vmlinuz, zImage, uki or bzImage',
    effect: { takes: 'type' },
  },
  {
    long: ['mem-min'],
    value: 'ADDR',
    summary: 'lowest address to load to',
    effect: { takes: 'memMin' },
    differs: LIMITS,
  },
  {
    long: ['mem-max'],
    value: 'ADDR',
    summary: 'highest address to load to',
    effect: { takes: 'memMax' },
    differs: LIMITS,
  },
  {
    long: ['reuseinitrd'],
    summary: 'use the initial RAM disk that this kernel was started with',
    effect: { sets: { reuseInitrd: true } },
    differs: 'it is read from /sys/firmware/initrd, which retain_initrd keeps (Linux 6.7)',
  },
  {
    long: ['print-ckr-size'],
    summary: "print how many bytes the crash kernel's region has",
    effect: { sets: { size: true } },
  },
  {
    long: ['load-preserve-context'],
    summary: 'load a kernel that can be come back from',
    effect: { refused: NO_JUMP_BACK },
  },
  { long: ['load-jump-back-helper'], summary: 'load a helper to jump back', effect: { refused: NO_JUMP_BACK } },
  { long: ['load-live-update'], summary: 'load over a running Xen', effect: { refused: NO_XEN } },
  {
    long: ['entry'],
    value: 'ADDR',
    summary: 'address to jump back to; 0: none',
    effect: { refused: NO_JUMP_BACK, unless: '0' },
  },
  {
    short: 's',
    long: ['kexec-file-syscall'],
    summary: 'load by kexec_file_load, and no other way',
    effect: { sets: { call: 'kexec_file_load' } },
    differs:
      'a console before it stays named; --dtb, --serial, --mem-min and --mem-max, which have no meaning with it, are said to be passed over',
  },
  {
    short: 'c',
    long: ['kexec-syscall'],
    summary: 'load by kexec_load, and no other way',
    effect: { sets: { call: 'kexec_load' } },
    differs: 'the purgatory is of kexeckit: it checks with the caches on',
  },
  {
    short: 'a',
    long: ['kexec-syscall-auto'],
    summary: 'load by kexec_file_load, and where it cannot by kexec_load (default)',
    effect: { sets: { call: 'either' } },
    differs: 'with --dtb, --serial, --mem-min or --mem-max by kexec_load, which alone can use them',
  },
  {
    long: ['hotplug'],
    summary: 'let the kernel keep the core header up to date when CPUs or memory come and go',
    effect: { refused: 'Linux does that on x86_64 only; load again when CPUs or memory have come or gone' },
  },
  {
    long: ['no-cma'],
    summary: 'leave the contiguous memory area alone (Linux 6.17, kexec_file_load)',
    effect: { sets: { noCma: true } },
  },
  {
    long: ['force-dtb'],
    summary: 'hand over the device tree: on arm64 that is always done',
    effect: { idle: true },
  },
  {
    short: 'd',
    long: ['debug'],
    summary: 'print on standard error what is handed to the kernel',
    effect: { sets: { debug: true } },
    differs: 'the segments, the entry and the flags of each call, and no line of how they came about',
  },
  {
    short: 'S',
    long: ['status'],
    summary: 'exit code 1 if a kernel is loaded for a panic, with -l for a reboot; 0 if not',
    effect: { sets: { status: true } },
    differs: 'exit code 2 where that cannot be read',
  },
  {
    long: ['append', 'command-line'],
    value: 'STRING',
    summary: "the next kernel's command line",
    effect: { takes: 'append' },
  },
  {
    long: ['reuse-cmdline'],
    summary: "this kernel's command line, with --append behind it",
    effect: { sets: { reuseCmdline: true } },
  },
  {
    long: ['dtb'],
    value: 'FILE',
    summary: "device tree in the place of the machine's own",
    effect: { takes: 'dtb' },
    differs: 'memory that it does not name, and what firmware keeps, is filled in',
  },
  { long: ['initrd', 'ramdisk'], value: 'FILE', summary: 'initial RAM disk', effect: { takes: 'initrd' } },
  {
    long: ['serial'],
    value: 'NAME',
    summary: 'console that the purgatory writes a character to at each stage (ttyAMA0)',
    effect: { takes: 'serial' },
    differs: 'it must be the console that the device tree names; another one is refused',
  },
];

/** How an option is written, its long name last. */
export function namesOf({ short, long, value }: KexecOption): string {
  const longs = long.map((name) => `--${name}${value === undefined ? '' : `=${value}`}`);
  return [...(short === undefined ? [] : [`-${short}`]), ...longs].join(', ');
}
