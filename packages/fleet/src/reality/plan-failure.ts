import type { TroubleCode } from '@kexeckit/rollout';
import { oneLine } from '../printable.ts';

/** Why there is no plan, as it is sent between threads. */
export interface PlanFailure {
  readonly code: TroubleCode;
  readonly message: string;
  readonly hint: string;
}

const TEXT_MOST = 500;

/** Codes of planning that a rollout knows by the same name; all others are `EIO`. */
const known: readonly TroubleCode[] = ['EINVAL', 'ENOENT', 'EPERM', 'EACCES', 'EBUSY', 'ESTALE', 'EOPNOTSUPP'];

export function reasonFor(error: unknown): PlanFailure {
  if (!(error instanceof Error)) return { code: 'EIO', message: oneLine(String(error), TEXT_MOST), hint: 'report it' };
  const code = 'code' in error ? error.code : undefined;
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : 'report it';
  const found = known.find((name) => name === code);
  const message = found === undefined && typeof code === 'string' ? `${code}: ${error.message}` : error.message;
  return { code: found ?? 'EIO', message: oneLine(message, TEXT_MOST), hint: oneLine(hint, TEXT_MOST) };
}
