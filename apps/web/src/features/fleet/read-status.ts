import { checkStatus, type RolloutStatus } from '@kexeckit/rollout';
import * as v from 'valibot';
import { LabError } from '../../shared/error.ts';
import { plain } from './plain.ts';
import { statusSchema } from './status-schema.ts';

/** Bytes: a hundred thousand hosts have a tenth of it. */
const STATUS_MAX = 384 * 2 ** 20;
const HINT = 'give what kexeckit fleet status --json prints, as it was printed';
/** Faults that are told; the number of the others is. */
const TOLD = 3;

/**
 * Reads a status of a rollout, and checks all of it.
 *
 * @throws LabError `EFBIG` · `EINVAL` for what is none, with the place of the first fault, and for one whose numbers do not add up.
 */
export function readStatus(bytes: Uint8Array): RolloutStatus {
  refuseLarge(bytes.length);
  const result = v.safeParse(statusSchema, parse(bytes), { abortEarly: true, abortPipeEarly: true });
  if (!result.success) {
    const [{ message, path }] = result.issues;
    const where = (path ?? []).map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
    throw new LabError('EINVAL', `no status of a rollout: ${plain(`${where.replace(/^\./, '')}: ${message}`)}`, HINT);
  }
  const faults = checkStatus(result.output);
  if (faults.length > 0) {
    const told = faults.slice(0, TOLD).map(({ what }) => plain(what));
    const more = faults.length > TOLD ? `; and ${faults.length - TOLD} more` : '';
    throw new LabError('EINVAL', `its numbers do not add up: ${told.join('; ')}${more}`, HINT);
  }
  return result.output;
}

/** @throws LabError `EFBIG` for a file of so many bytes that it is none. */
export function refuseLarge(bytes: number): void {
  if (bytes > STATUS_MAX) throw new LabError('EFBIG', `a file of ${bytes} bytes, more than ${STATUS_MAX}`, HINT);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new LabError('EINVAL', 'no status of a rollout: it is no JSON', HINT);
  }
}
