import { RebootError } from '@kexeckit/reboot';
import type { StrategyName } from '@kexeckit/relocation';
import { type Words, wordsOf } from '../../shared/words.ts';
import { type ProofRow, proofRows } from '../proof/model.ts';

/** An error in words, as plain data. */
export interface Failure extends Words {
  /** The strategy that was being worked on. */
  readonly strategy?: StrategyName | undefined;
  /** Where a proof refused the plan: what it found. */
  readonly proof?: readonly ProofRow[] | undefined;
}

/** What went wrong, with the proof where that is why. */
export function failureOf(error: unknown, strategy?: StrategyName): Failure {
  const proof = error instanceof RebootError && error.proof !== undefined ? proofRows(error.proof) : undefined;
  return { ...wordsOf(error), strategy, proof };
}
