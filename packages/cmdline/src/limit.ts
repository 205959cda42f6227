import { cString } from './bytes.ts';
import { profileOf } from './profile.ts';
import { type Token, tokenize } from './token.ts';

/** How much of a command line a kernel has room for. */
export interface CmdlineLimit {
  /** As `uname -m` has it. */
  readonly architecture: 'aarch64' | 'x86_64';
  /** From which version on. */
  readonly since: readonly [major: number, minor: number];
  /** Bytes that there is room for, the NUL at the end included (COMMAND_LINE_SIZE): one less is kept. */
  readonly size: number;
  /** Whether boots were seen to cut there. */
  readonly measured: boolean;
}

/** The limits by architecture, and by version where that matters. */
export const CMDLINE_LIMITS: readonly CmdlineLimit[] = [
  { architecture: 'aarch64', since: [0, 0], size: 2048, measured: true },
  { architecture: 'x86_64', since: [2, 6], size: 2048, measured: false },
];

/** Bytes of command line that arm64 kernels keep, of every version that was measured: COMMAND_LINE_SIZE less the NUL. */
export const ARM64_CMDLINE_MAX = 2047;

/**
 * The limit for an architecture (`aarch64`, or `arm64` as the kernel calls it) and a release; undefined where none is known.
 */
export function cmdlineLimit(architecture: string, osrelease = ''): CmdlineLimit | undefined {
  const wanted = architecture === 'arm64' ? 'aarch64' : architecture;
  const { version } = profileOf(osrelease);
  return CMDLINE_LIMITS.findLast(
    (limit) => limit.architecture === wanted && (version === null || !isBefore(version, limit.since)),
  );
}

function isBefore([major, minor]: readonly [number, number], than: readonly [number, number]): boolean {
  return major < than[0] || (major === than[0] && minor < than[1]);
}

/** The front of a line that a kernel keeps. */
export function cutTo(line: string, max: number): string {
  return line.length > max ? line.slice(0, max) : line;
}

/** What a kernel keeps of a command line. */
export interface CutCmdline {
  /** What it sees. */
  kept: string;
  /** What it never sees; empty if the line fits. */
  lost: string;
  /** The parameter that is cut in two, of which the kernel sees the front; null without one. */
  cut: Token | null;
  /** The parameters that it does not see at all. */
  lostParameters: Token[];
}

/** How to cut. */
export interface CutOptions {
  /** Bytes that are kept; those of arm64 by default, null for no limit. */
  max?: number | null | undefined;
  /**
   * Whether the line goes through UEFI: its stub cuts in front of a parameter (seen on arm64), where the kernel cuts anywhere.
   */
  uefi?: boolean | undefined;
}

/**
 * What is left of a command line that is longer than the kernel keeps, which cuts it without a word: the end is lost first, and a
 * parameter can lose its last letters, so that 256M becomes 25. A newline at the end, as of /proc/cmdline, does not count.
 */
export function cutCmdline(cmdline: string, options: CutOptions = {}): CutCmdline {
  const line = cString(cmdline).replace(/\n$/, '');
  const max = options.max === undefined ? ARM64_CMDLINE_MAX : options.max;
  if (max === null || line.length <= max) return { kept: line, lost: '', cut: null, lostParameters: [] };
  const { tokens, dashdash } = tokenize(line);
  const beyond = [...tokens, ...(dashdash ? [dashdash] : [])].filter(({ end }) => end > max);
  const first = beyond[0];
  const cut = first && first.start < max ? first : null;
  if (options.uefi && cut) {
    const kept = line.slice(0, cut.start).trimEnd();
    return { kept, lost: line.slice(kept.length), cut: null, lostParameters: beyond };
  }
  return { kept: line.slice(0, max), lost: line.slice(max), cut, lostParameters: cut ? beyond.slice(1) : beyond };
}

const SHOWN_MAX = 4;
const TEXT_MAX = 60;

/** What a kernel does not see of a command line, for people; empty if the line fits. */
export function lostInWords(cmdline: string, options: CutOptions = {}): string {
  const { kept, lost, cut, lostParameters } = cutCmdline(cmdline, options);
  if (lost === '') return '';
  const shown = lostParameters.slice(0, SHOWN_MAX).map(({ start, end }) => shortened(cmdline.slice(start, end)));
  const more = lostParameters.length > SHOWN_MAX ? ` and ${lostParameters.length - SHOWN_MAX} more` : '';
  const unseen = shown.length === 0 ? [] : [`it does not see ${shown.join(', ')}${more}`];
  const half =
    cut === null
      ? []
      : [`of ${shortened(cmdline.slice(cut.start, cut.end))} it sees ${shortened(kept.slice(cut.start))}`];
  return [...half, ...unseen].join('; ') || 'blanks at its end are lost';
}

const shortened = (text: string): string => (text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX - 1)}…` : text);
