import { PageTableError } from './error.ts';

/**
 * Checks an argument that has to be an object. What comes from files may be null, whatever the types say.
 *
 * @param what it stands for, as a noun.
 * @throws PageTableError `EINVAL` for anything else.
 */
export function needObject(what: string, value: unknown): void {
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') return;
  throw new PageTableError('EINVAL', `${kindOf(value)} is no ${what}`, `give the ${what} as an object`);
}

/**
 * Checks an argument that has to be a list.
 *
 * @param what its elements are, in the plural.
 * @throws PageTableError `EINVAL` for anything else.
 */
export function needList(what: string, value: unknown): void {
  if (Array.isArray(value)) return;
  throw new PageTableError('EINVAL', `${kindOf(value)} is no list of ${what}`, `give an array of ${what}`);
}

const kindOf = (value: unknown): string =>
  value === null || value === undefined ? String(value) : `what is of type ${typeof value}`;
