import { FleetError } from '../error.ts';
import { type HostRun, identified } from './host-run.ts';

/** What a host is, before anything is changed. */
export type Inspected =
  | { readonly kind: 'ready'; readonly bootId: string }
  /** This rollout has committed it before, in the boot that is named: the database does not know of it. */
  | { readonly kind: 'committed'; readonly bootId: string; readonly at: number }
  | { readonly kind: 'release'; readonly to: 'skipped' | 'deferred'; readonly why: string };

/**
 * Looks whether a host is what its class was planned for. Nothing is changed on it but the agent's file.
 *
 * @throws FleetError ESTALE where it is another machine, or another class.
 */
export async function inspect(run: HostRun, signal?: AbortSignal): Promise<Inspected> {
  const passage = await run.passage();
  if (passage.kind === 'release')
    return { kind: 'release', to: passage.to === 'undone' ? 'skipped' : 'deferred', why: passage.why };
  const { host, agent, document, clock } = run;
  const { bootId } = await identified(run, signal);
  const claim = await agent.claimOf(host, document.id, signal);
  if (claim !== undefined) return { kind: 'committed', bootId: claim, at: clock.now() };
  await agent.install(host, [document.next.agent], signal);
  const key = await run.classKeyOf(await agent.describe(host, signal));
  if (key !== host.class)
    throw new FleetError(
      'ESTALE',
      `${host.name} is not as it was when the rollout was planned`,
      'Plan a new rollout for it, which looks at it again',
      { host: host.name },
    );
  return { kind: 'ready', bootId };
}
