import { defaultKernel, type KernelVersion } from './kernel.ts';

/** Whose behaviour to expect of a kernel, and how well that is known. */
export interface ProfileChoice {
  /** The kernel whose rules to use. */
  readonly profile: KernelVersion;
  /** True if this very version was measured; false where the rules are a guess. */
  readonly measured: boolean;
  /** Major and minor version; null for a release that does not begin with one. */
  readonly version: readonly [major: number, minor: number] | null;
  /** Why this profile, for people. */
  readonly reason: string;
}

type Version = readonly [major: number, minor: number];

/**
 * From which version on each profile is used, the oldest first. Only the profiles' own versions were measured; where between two
 * of them a rule changed is not known, and these bounds are the guess.
 */
const FROM: readonly (readonly [from: Version, profile: KernelVersion])[] = [
  [[0, 0], '5.10'],
  [[5, 15], '6.1'],
  [[6, 7], '6.12'],
  [[7, 1], '7.1'],
  [[7, 3], '7.3'],
];

/**
 * Releases as kernel.org's and Debian's kernels have them, of which some were measured. Any other text behind the version stands
 * for work of a vendor, which can be anything: `,high` and `,low` for arm64 on 5.10 (openEuler and its kin), or what a later version
 * does. What comes before the release (`-rc1`) is not what was measured either.
 */
const PLAIN =
  /^\d+\.\d+(?:\.\d+)?(?:(?:-\d+|-0\.deb\d+\.\d+|\+deb\d+(?:u\d+)?|\+bpo)?(?:-cloud|-rt)?-(?:arm64|amd64)(?:-16k)?)?\+?$/;

/**
 * The profile of a kernel by its release, as `uname -r` or /proc/sys/kernel/osrelease has it: `6.12.117+deb13-cloud-arm64`.
 * Says when the rules are a guess: between measured versions, outside of them, before a release, and for kernels with work of a
 * vendor, which is any kernel whose release is not written as kernel.org's or Debian's.
 */
export function profileOf(osrelease: string): ProfileChoice {
  const match = /^(\d{1,4})\.(\d{1,4})(?!\d)/.exec(osrelease.trim());
  if (!match) {
    const reason = `${JSON.stringify(osrelease.slice(0, 60))} does not begin with a version: the newest rules are a guess`;
    return { profile: defaultKernel, measured: false, version: null, reason };
  }
  const version: Version = [Number(match[1]), Number(match[2])];
  const name = `${version[0]}.${version[1]}`;
  const profile = FROM.findLast(([from]) => !isBefore(version, from))?.[1] ?? defaultKernel;
  const isSame = name === profile;
  const measured = isSame && PLAIN.test(osrelease.trim());
  return { profile, measured, version, reason: reasonFor(name, profile, isSame, measured) };
}

function reasonFor(name: string, profile: KernelVersion, isSame: boolean, measured: boolean): string {
  if (measured) return `Linux ${name} was measured`;
  if (isSame)
    return `this Linux ${name} may hold other work than the one that was measured: the rules of ${name} are a guess`;
  return `Linux ${name} was not measured: the rules of ${profile} are a guess`;
}

function isBefore([major, minor]: Version, than: Version): boolean {
  return major < than[0] || (major === than[0] && minor < than[1]);
}
