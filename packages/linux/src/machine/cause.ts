import type { Host } from '../host.ts';
import type { SystemCall } from '../syscalls/numbers.ts';

/** What a system call was to do: evidence of why it failed. */
export interface Attempt {
  /** Bytes of all segments. */
  readonly bytes?: bigint;
  readonly files?: FileAttempt;
}

/** What kexec_file_load was given. */
export interface FileAttempt {
  /** The kernel's path. */
  readonly kernel: string;
  /** What it looks like from its first bytes, in words. */
  readonly format: string;
  /** Bytes of the command line, with the zero at its end. */
  readonly cmdline: number;
  /** The flags that newer kernels know, as the command line calls them. */
  readonly flags: readonly NewFlag[];
}

/** A flag, and the first kernel that knows it. */
export interface NewFlag {
  readonly name: string;
  readonly since: readonly [major: number, minor: number];
}

/** A reason why a system call fails on this host, if it applies here. */
export interface Cause {
  readonly errno: string;
  /** The call that fails so; undefined for any. */
  readonly call?: SystemCall;
  readonly applies: (host: Host, attempted: Attempt) => boolean;
  readonly what: string | ((host: Host, attempted: Attempt) => string);
  readonly hint: string;
}
