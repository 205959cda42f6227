import type { Departure } from '@kexeckit/reboot';
import { phases, RebootError, type RebootPlan, type Staged } from '@kexeckit/reboot';

/** What is still loaded behind a commit that came to nothing: it can be discarded, and nothing else. */
export function leftOf(plan: RebootPlan, discard: () => Promise<void>): Staged<Departure> {
  const refuse = async (): Promise<never> => {
    throw new RebootError('EALREADY', 'it was committed, and could not be unloaded then', 'discard it', {
      phase: phases.stage,
    });
  };
  return { plan, digest: refuse, quiesce: refuse, commit: refuse, discard };
}

/** Why a commit came to nothing, and why what was loaded stays. */
export function andStays(reason: unknown, failure: unknown): RebootError {
  const { code, phase } = reason instanceof RebootError ? reason : ({ code: 'EIO', phase: phases.stage } as const);
  return new RebootError(
    code,
    `${wordsOf(reason)}; and what was loaded could not be unloaded: ${wordsOf(failure)}`,
    'it is still loaded: kexeckit unload unloads it',
    { ...(phase && { phase }), cause: reason },
  );
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
