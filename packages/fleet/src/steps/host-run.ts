import type { HostClass, HostPhase, PlannedHost, PlannedWave, RolloutDocument, Trouble } from '@kexeckit/rollout';
import type { Agent } from '../agent/agent.ts';
import type { Identity } from '../agent/identity.ts';
import type { Clock } from '../clock.ts';
import { FleetError } from '../error.ts';
import { oneLine } from '../printable.ts';
import type { RunHook } from './hook.ts';

/** Whether a host may be committed at this moment. */
export type Passage =
  | { readonly kind: 'open' }
  /** Look again later. */
  | { readonly kind: 'wait'; readonly why: string }
  | Release;

/** Let the host go: it is to be as it was before. */
export interface Release {
  readonly kind: 'release';
  readonly to: 'undone' | 'deferred';
  readonly why: string;
  /** Whether a pause or a blocker held it: its own work did not take too long. */
  readonly isHeld?: boolean | undefined;
}

/** Everything that the steps of one host are given. */
export interface HostRun {
  readonly document: RolloutDocument;
  readonly host: PlannedHost;
  readonly hostClass: HostClass;
  readonly wave: PlannedWave;
  readonly agent: Agent;
  readonly clock: Clock;
  readonly hook: RunHook;
  /** The key of the class that a described host belongs to. */
  readonly classKeyOf: (bundle: Uint8Array) => Promise<string>;
  readonly passage: () => Promise<Passage>;
  /**
   * Asked right before a host is changed: whether it is this worker's still. One that was cut off while others took over what it had begun
   * goes no further, as if it had died: the answer never comes.
   */
  readonly fence: () => Promise<void>;
}

/** How a step ended: what it found, or what went wrong. Both are data, so that they are kept. */
export type StepEnd<T> = { readonly start: number; readonly end: number } & (
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly trouble: Trouble }
);

/** Milliseconds between two looks at a host, of the rollout's clock. */
export const LOOK_MS = 5000;

/** Runs a step of a host. Whatever goes wrong is its end, a bug as well: what was done to the host can then still be undone. */
export async function stepOf<T>(clock: Clock, phase: HostPhase, body: () => Promise<T>): Promise<StepEnd<T>> {
  const start = clock.now();
  // A clock that was set back meanwhile does not let a step end before it began.
  const end = (): number => Math.max(start, clock.now());
  try {
    const value = await body();
    return { start, end: end(), ok: true, value };
  } catch (error) {
    return { start, end: end(), ok: false, trouble: troubleOf(phase, error) };
  }
}

function troubleOf(phase: HostPhase, error: unknown): Trouble {
  if (error instanceof FleetError) return { phase, code: error.code, what: error.message, hint: error.hint };
  const what = `nobody expected this: ${oneLine(String(error))}`;
  return { phase, code: 'EIO', what, hint: 'Report it, with what the worker says; the host counts as one that failed' };
}

/** A host that is going down or coming up: nobody is there, nobody is let in yet, or what is said is cut or mixed with something else. */
const PASSING: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'EIO',
  'EACCES',
  'EPROTO',
  'EMSGSIZE',
]);

/** Whether a host that does not answer well now may do so later. */
export const mayPass = (error: unknown): error is FleetError => error instanceof FleetError && PASSING.has(error.code);

/**
 * Asks a host who it is.
 *
 * @throws FleetError ESTALE where another machine answers.
 */
export async function identified({ host, agent }: HostRun, signal?: AbortSignal): Promise<Identity> {
  const identity = await agent.identify(host, signal);
  const stranger = strangerIn(identity, host);
  if (stranger === undefined) return identity;
  throw new FleetError(
    'ESTALE',
    stranger,
    `Look who has its address: the rollout was planned for ${host.machineId || 'a machine without an id'}`,
    { host: host.name },
  );
}

/** Who answers in the place of a host; undefined where it is the host itself. */
export function strangerIn({ machineId }: Identity, host: PlannedHost): string | undefined {
  if (machineId === host.machineId) return undefined;
  return `${machineId === '' ? 'a machine without an id' : `machine ${machineId}`} answers as ${host.name}`;
}

/** Waits while the gate says to wait. */
export async function untilDecided(run: HostRun, signal?: AbortSignal): Promise<Exclude<Passage, { kind: 'wait' }>> {
  for (let looks = 0; ; looks++) {
    const passage = await run.passage();
    if (passage.kind === 'release') return { ...passage, isHeld: looks > 0 || passage.isHeld === true };
    if (passage.kind === 'open') return passage;
    await run.clock.sleep(LOOK_MS, signal);
  }
}

/** What a step does within the policy's limit for it, with all of its tries. */
export async function withinLimit<T>(
  { clock, host, document }: HostRun,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const over = new AbortController();
  const late = new FleetError('ETIMEDOUT', `${host.name}: it takes too long`, 'See what it is busy with', {
    host: host.name,
  });
  const timer = clock.sleep(document.policy.stepLimitMs, over.signal).then(
    () => limit.abort(late),
    () => {},
  );
  try {
    return await body(limit.signal);
  } catch (error) {
    throw limit.signal.aborted ? late : error;
  } finally {
    over.abort();
    await timer;
  }
}

const TRIES = 5;

/** Tries again what fails for want of an answer, a few times. */
export async function stubborn<T>({ clock }: HostRun, body: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await body();
    } catch (error) {
      if (!mayPass(error) || tries === TRIES) throw error;
    }
    await clock.sleep(LOOK_MS, signal);
  }
}
