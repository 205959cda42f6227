import type { Gate, HostPhase, HostStanding, RolloutStatus, TimeBound } from '@kexeckit/rollout';
import { count } from '../../shared/format.ts';
import type { HostGlance, RolloutPicture } from './picture.ts';

/** What it means that a host stands so. */
export const standingMeanings: Readonly<Record<HostStanding, string>> = {
  waiting: 'its turn has not come',
  running: 'it is on its way',
  done: 'it runs the expected kernel and is healthy',
  refused: 'it is not what was planned for, or cannot kexec: nothing was changed',
  failed: 'a step failed; before the commit all of it was undone',
  lost: 'it was committed and did not come back, or not as expected',
  undone: 'it was let go before its commit, as it was before',
  skipped: 'it was never begun',
  deferred: 'its window closed before its commit: it is tried again in the next',
};

/** What a phase is. */
export const phaseMeanings: Readonly<Record<HostPhase, string>> = {
  inspect: 'what the host is, against what was planned for',
  stage: 'kernel and plan are uploaded, proved on the host, and loaded',
  drain: 'its work is moved away',
  commit: 'it waits until reboots may begin, and jumps into the next kernel',
  return: 'until it answers as the expected kernel, with a new boot id',
  health: 'until its health check is content',
  evidence: 'what its kernel logs tell of the reboot',
};

/** What stands before a time that the logs tell. */
export const boundWords: Readonly<Record<TimeBound, string>> = {
  exact: '',
  about: 'about ',
  'at-least': 'at least ',
  'at-most': 'at most ',
};

export const waveWords: Readonly<Record<RolloutStatus['waves'][number]['state'], string>> = {
  waiting: 'not begun',
  running: 'under way',
  soaking: 'all ended; watched before the next begins',
  ended: 'ended',
};

export const stateWords: Readonly<Record<RolloutStatus['state'], string>> = {
  running: 'running',
  finished: 'finished',
  stopped: 'stopped',
};

/** What the gate lets, and why not more. */
export function gateWords(gate: Gate, state: RolloutStatus['state']): string {
  if (gate.state === 'open') return state === 'running' ? 'open: reboots may begin' : 'open to its end';
  const words = {
    paused: 'paused',
    blocked: 'blocked',
    spent: 'closed, its failure budget is spent',
    aborted: 'aborted',
  };
  return gate.why === '' ? words[gate.state] : `${words[gate.state]}: ${gate.why}`;
}

/** Milliseconds as people read them: `0.35 s`, `42.1 s`, `12 min 5 s`, `3 h 20 min`. */
export function spanText(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return '–';
  if (ms < 0) return `−${spanText(-ms)}`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A moment in UTC, to the second. */
export const momentText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** A number of hosts. */
export const hostsText = (hosts: number): string => (hosts === 1 ? 'one host' : `${count(hosts)} hosts`);

/** How a host stands, and since when, in a few words. */
export function glanceText(host: HostGlance, { now }: Pick<RolloutPicture, 'now'>): string {
  const { standing, phase, moment, downtimeMs, trouble } = host;
  if (standing === 'running') return `${phase ?? ''} for ${spanText(moment === undefined ? undefined : now - moment)}`;
  const words = phase === undefined ? standing : `${standing} at ${phase}`;
  const away = downtimeMs === undefined ? '' : `, away for ${spanText(downtimeMs)}`;
  const ago = moment === undefined ? '' : `, ${spanText(now - moment)} ago`;
  return `${words}${away}${ago}${trouble === undefined ? '' : `: ${trouble.code} ${trouble.what}`}`;
}
