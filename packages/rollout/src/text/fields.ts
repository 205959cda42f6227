import { RolloutError } from '../error.ts';
import { shown } from './shown.ts';

/** The error for a value at a place in a file. */
export function refusal(where: string, what: string, hint: string, value?: unknown): RolloutError {
  return new RolloutError('EINVAL', `${where}: ${what}`, hint, {
    where,
    value: value === undefined ? undefined : shown(value),
  });
}

/**
 * The fields of a mapping.
 *
 * @param known the names that there are.
 * @throws RolloutError `EINVAL` for what is no mapping, and a name that is not one of these.
 */
export function fieldsOf(value: unknown, where: string, known: ReadonlySet<string>): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refusal(where, `this is ${shown(value)}`, `give a mapping with ${[...known].join(', ')}`, value);
  }
  const fields = new Map<string, unknown>(Object.entries(value));
  for (const name of fields.keys()) {
    if (known.has(name)) continue;
    throw refusal(where, `there is no ${shown(name)}`, `it is one of ${[...known].join(', ')}`, name);
  }
  return fields;
}
