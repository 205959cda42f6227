import type { HookCommand } from '@kexeckit/rollout';
import type { Clock } from '../clock.ts';
import { FleetError } from '../error.ts';
import type { Transport } from '../transport/transport.ts';

/** Why reboots are held, as the blockers say; undefined where they may go on. */
export type Blockers = () => Promise<string | undefined>;

/** Milliseconds that an answer holds, of the rollout's clock. */
const FRESH_MS = 30_000;
const OUTPUT_MAX = 64 * 1024;

/** The blockers of a rollout. All hosts of a worker share an answer while it is fresh. A blocker that cannot be run blocks. */
export function blockersOf(hooks: readonly HookCommand[], local: Transport, clock: Clock): Blockers {
  let answer: Promise<string | undefined> = Promise.resolve(undefined);
  let until = Number.NEGATIVE_INFINITY;
  return () => {
    if (hooks.length === 0 || clock.now() < until) return answer;
    // Who asks while they are asked waits for the same answer: one that hangs is run once.
    until = Number.POSITIVE_INFINITY;
    answer = ask(hooks, local).finally(() => {
      until = clock.now() + FRESH_MS;
    });
    return answer;
  };
}

async function ask(hooks: readonly HookCommand[], local: Transport): Promise<string | undefined> {
  for (const { argv, limitMs } of hooks) {
    const name = argv.join(' ');
    try {
      const request = { argv, limitMs, maxBytes: OUTPUT_MAX, keepsEnd: true };
      const { code } = await local.run({ name: 'worker', labels: {} }, request);
      if (code !== 0) return `${name} ended with ${code ?? 'a signal'}`;
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      return `${name}: ${error.message}`;
    }
  }
  return undefined;
}
