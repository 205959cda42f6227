import { estimate, type MachineProfile, type RunCounts } from '@kexeckit/cost';

/** What something takes by the profile of a host, in words: with its interval, or that the profile does not say. */
export function ownTime(counts: RunCounts, profile: MachineProfile): string {
  const { name } = profile;
  const time = estimate(counts, profile);
  if (time.seconds === undefined) return `nobody knows how long (profile ${name} does not say)`;
  const { seconds, low, high } = time;
  const between = low === undefined || high === undefined ? '' : `, ${shown(low)} to ${shown(high)} s`;
  return `about ${shown(seconds)} s here (profile ${name}${between})`;
}

const shown = (seconds: number): string => seconds.toFixed(seconds < 1 ? 3 : 1);
