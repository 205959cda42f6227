import { PageTableError } from './error.ts';
import { joinedTables, type Shape } from './space.ts';

/**
 * Checks the page number of a root table: joined tables start at a multiple of their number.
 *
 * @throws PageTableError `EINVAL` where no root table can be.
 */
export function checkRoot(shape: Shape, root: number): void {
  if (!Number.isSafeInteger(root) || root < 0)
    throw new PageTableError('EINVAL', `${root} is not a page number`, 'give the number of the root page', {
      page: root,
    });
  const joined = joinedTables(shape);
  if (root % joined !== 0)
    throw new PageTableError(
      'EINVAL',
      `page ${root} cannot be the first of ${joined} joined tables`,
      `start at a multiple of ${joined}`,
      { page: root },
    );
}
