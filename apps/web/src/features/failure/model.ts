import { RebootError } from '@kexeckit/reboot';
import type { StrategyName } from '@kexeckit/relocation';
import { type ProofRow, proofRows } from '../proof/model.ts';

/** An error in words, as plain data. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** The strategy that was being worked on. */
  readonly strategy?: StrategyName | undefined;
  /** Where a proof refused the plan: what it found. */
  readonly proof?: readonly ProofRow[] | undefined;
}

const HINT = 'run it again';

/** Takes code, message and hint from whatever was thrown; the packages' errors have all three. */
export function failureOf(error: unknown, strategy?: StrategyName): Failure {
  if (!(error instanceof Error)) return { code: 'EIO', message: String(error), hint: HINT, strategy };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : HINT;
  const proof = error instanceof RebootError && error.proof !== undefined ? proofRows(error.proof) : undefined;
  return { code, message: error.message, hint, strategy, proof };
}
