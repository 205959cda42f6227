/** The system calls that this package makes, by their names in the kernel. */
export type SystemCall = 'openat' | 'close' | 'mmap' | 'mprotect' | 'munmap' | 'kexec_load' | 'sync' | 'reboot';

/** Their numbers by architecture, as Node names it: those of asm-generic/unistd.h, and of x86_64. */
export const numbers: Readonly<Record<string, Readonly<Record<SystemCall, number>>>> = {
  arm64: {
    openat: 56,
    close: 57,
    mmap: 222,
    mprotect: 226,
    munmap: 215,
    kexec_load: 104,
    sync: 81,
    reboot: 142,
  },
  x64: {
    openat: 257,
    close: 3,
    mmap: 9,
    mprotect: 10,
    munmap: 11,
    kexec_load: 246,
    sync: 162,
    reboot: 169,
  },
};
