/** The system calls that this package makes, by their names in the kernel. */
export type SystemCall =
  | 'openat'
  | 'mmap'
  | 'mprotect'
  | 'munmap'
  | 'madvise'
  | 'mlock'
  | 'io_uring_setup'
  | 'io_uring_register'
  | 'close'
  | 'flock'
  | 'kexec_load'
  | 'kexec_file_load'
  | 'sync'
  | 'reboot';

/** Their numbers by architecture, as Node names it: those of asm-generic/unistd.h, and of x86_64. */
export const numbers: Readonly<Record<string, Readonly<Record<SystemCall, number>>>> = {
  arm64: {
    openat: 56,
    close: 57,
    flock: 32,
    mmap: 222,
    mprotect: 226,
    munmap: 215,
    madvise: 233,
    mlock: 228,
    io_uring_setup: 425,
    io_uring_register: 427,
    kexec_load: 104,
    kexec_file_load: 294,
    sync: 81,
    reboot: 142,
  },
  x64: {
    openat: 257,
    close: 3,
    flock: 73,
    mmap: 9,
    mprotect: 10,
    munmap: 11,
    madvise: 28,
    mlock: 149,
    io_uring_setup: 425,
    io_uring_register: 427,
    kexec_load: 246,
    kexec_file_load: 320,
    sync: 162,
    reboot: 169,
  },
};
