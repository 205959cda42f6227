import { formatDuration, type Gate, type HostResult, type RolloutStatus } from '@kexeckit/rollout';
import { count } from '../format.ts';
import { inLine } from '../printable.ts';

/** So many of something. */
export const plural = (number: number, what: string): string => `${count(number)} ${what}${number === 1 ? '' : 's'}`;

/** Milliseconds as people say them: the two largest units, nothing of milliseconds beside minutes. */
export function durationWords(ms: number): string {
  if (ms < 60_000) return `${(Math.max(ms, 0) / 1000).toFixed(1)} s`;
  const parts = formatDuration(Math.round(ms / 1000) * 1000).match(/\d+[a-z]+/g) ?? [];
  return parts
    .slice(0, 2)
    .join(' ')
    .replaceAll(/(\d)([a-z])/g, '$1 $2')
    .replaceAll('m', 'min');
}

/** Whether reboots may begin, and why not. */
export const gateWords = (gate: Gate): string =>
  gate.state === 'open' ? 'reboots may begin' : `${gate.state}: ${inLine(gate.why)}`;

/** Why a host is not done, in a line. */
export const troubleWords = ({ trouble }: Pick<HostResult, 'trouble'>): string =>
  trouble === undefined ? '' : inLine(`${trouble.code}: ${trouble.what}`);

/** How long a rollout has taken so far. */
export const tookWords = ({ started, ended, now }: RolloutStatus): string => durationWords((ended ?? now) - started);
