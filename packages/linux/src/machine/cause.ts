import { seen } from '../finding.ts';
import type { Host, HostValues } from '../host-values.ts';
import type { ImageSlot } from '../syscalls/kexec.ts';
import type { SystemCall } from '../syscalls/numbers.ts';

/** What a system call was to do: evidence of why it failed. */
export interface Attempt {
  /** Bytes of all segments, or of all files. */
  readonly bytes?: bigint;
  readonly files?: FileAttempt;
  /** The image that was to be loaded, or unloaded. */
  readonly slot?: ImageSlot;
  readonly unloads?: boolean;
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

/** Whether a cause applies here; undefined: it may, and what was read does not decide. */
export type Verdict = boolean | undefined;

/** A reason why a system call fails. */
export interface Cause {
  readonly errno: string;
  /** The calls that fail so; undefined for any. */
  readonly calls?: readonly SystemCall[];
  readonly applies: (host: Host, attempted: Attempt) => Verdict;
  readonly what: string | ((host: Host, attempted: Attempt) => string);
  readonly hint: string;
  /** What decides, where the host was read. */
  readonly fields?: readonly (keyof HostValues)[];
}

/** The cause of a failure, or the candidates. */
export interface Explanation {
  readonly what: string;
  readonly hint: string;
}

/** A cause as it stands here. */
export interface Candidate extends Explanation {
  readonly verdict: Verdict;
}

/** The causes of an errno that are not ruled out on a host, in their order. */
export function candidatesOf(
  causes: readonly Cause[],
  { call, errno }: { readonly call: SystemCall | undefined; readonly errno: string },
  host: Host,
  attempted: Attempt = {},
): Candidate[] {
  return causes
    .filter((cause) => cause.errno === errno && (call === undefined || (cause.calls ?? [call]).includes(call)))
    .map(({ applies, what, hint, fields = [] }) => ({
      verdict: applies(host, attempted),
      what: (typeof what === 'function' ? what(host, attempted) : what) + evidenceOf(host, fields),
      hint,
    }));
}

function evidenceOf(host: Host, fields: readonly (keyof HostValues)[]): string {
  const lines = seen(host, ...fields).map(({ path, text }) => `${path}: ${text}`);
  return lines.length === 0 ? '' : ` (${lines.join('; ')})`;
}

/**
 * Says which cause it is: the first that evidence speaks for, or the one that is left. Where several are left, all of them, in
 * their order, and none as if it were known.
 *
 * @returns undefined where every known cause is ruled out.
 */
export function decided(candidates: readonly Candidate[]): Explanation | undefined {
  const certain = candidates.find(({ verdict }) => verdict === true);
  if (certain !== undefined) return certain;
  const left = candidates.filter(({ verdict }) => verdict === undefined);
  const [only] = left;
  if (only === undefined || left.length === 1) return only;
  const hints = [...new Set(left.map(({ hint }) => hint))];
  return {
    what: `which of these it is, is not known: ${left.map(({ what }, at) => `${at + 1}. ${what}`).join('; ')}`,
    hint: hints.length === 1 ? (hints[0] ?? '') : left.map(({ hint }, at) => `${at + 1}. ${hint}`).join('; '),
  };
}
