import { UsageError } from '../../error.ts';
import type { Rollouts } from './engine.ts';

/** The rollout that is meant: the one that is named, or the one that runs. @throws UsageError where that is not one. */
export async function rolloutMeant({ engine, client }: Rollouts, named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  const going = (await engine.listRollouts(client)).filter(({ state }) => state === 'running' || state === 'waiting');
  const [first, ...others] = going;
  if (first !== undefined && others.length === 0) return first.id;
  throw new UsageError(
    'EINVAL',
    first === undefined ? 'no rollout runs' : `${going.length} rollouts run: ${going.map(({ id }) => id).join(', ')}`,
    first === undefined ? 'kexeckit fleet status lists those that there were' : 'name one',
  );
}
