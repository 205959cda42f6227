import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@kexeckit/fleet';
import type { RolloutStatus } from '@kexeckit/rollout';
import { CliError } from '../../error.ts';
import type { Rollouts } from './engine.ts';

/** Milliseconds between two looks: of a large rollout, several times as long as a look takes. */
const LOOK_MS = 1000;
const LOOK_MOST_MS = 30_000;
const REST = 3;
/** Milliseconds for which the database may say nothing: it may be started anew. */
const PATIENCE_MS = 300_000;

/**
 * Looks at a rollout until it ends.
 *
 * @throws the signal's reason; CliError where the rollout broke; what looking throws, where it does so for minutes.
 */
export async function follow(
  { engine, client }: Rollouts,
  id: string,
  clock: Clock,
  signal: AbortSignal | undefined,
  onStatus: (status: RolloutStatus) => void,
): Promise<RolloutStatus> {
  for (let answered = performance.now(); ; ) {
    signal?.throwIfAborted();
    const began = performance.now();
    try {
      const [known] = await engine.listRollouts(client, id);
      if (known?.state === 'broken') throw broken(id, known.why);
      const status = await engine.statusOf(client, id, clock);
      onStatus(status);
      if (status.state !== 'running') return status;
      answered = performance.now();
    } catch (error) {
      if (error instanceof CliError || performance.now() - answered > PATIENCE_MS) throw error;
    }
    const took = performance.now() - began;
    await sleep(Math.min(Math.max(LOOK_MS, REST * took), LOOK_MOST_MS), undefined, { ...(signal && { signal }) });
  }
}

const broken = (id: string, why: string | undefined): CliError =>
  new CliError(
    'EIO',
    `rollout ${id} broke off: ${why ?? 'nothing says why'}`,
    `kexeckit fleet status ${id} says how far its hosts came; report it`,
  );
