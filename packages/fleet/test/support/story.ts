import { resultsOf } from '@kexeckit/rollout';
import type { ChaosEnd } from './chaos.ts';

/** How it went on each host, in words that the same seed gives again. */
export function storyOf({ status, ledger }: ChaosEnd): readonly string[] {
  return resultsOf(status)
    .map(({ host, outcome, trouble }) => {
      const events = ledger
        .flatMap((entry) => ('host' in entry && entry.host === host ? [entry.event] : []))
        .filter((event) => event === 'claim' || event === 'commit' || event === 'up' || event === 'down');
      const why = trouble === undefined ? '' : ` (${trouble.phase}, ${trouble.code})`;
      return `${host}: ${outcome}${why}: ${events.join(' ')}`;
    })
    .sort();
}
