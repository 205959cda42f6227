import { FdtError } from './error.ts';
import { readString } from './values.ts';

/** The value of an alias, where `/aliases` has it. */
export type AliasReader = (alias: string) => Uint8Array | undefined;

/**
 * The names of a path, from the root on. An alias that does not exist becomes a name no node can have: nothing is found.
 *
 * @throws FdtError `EINVAL` for an empty path and for an alias that leads nowhere
 */
export function namesOf(path: string, readAlias: AliasReader): string[] {
  if (path === '') throw new FdtError('EINVAL', 'an empty path', "the root node is '/'", { value: path });
  const names = path.split('/').filter((name) => name !== '');
  if (path.startsWith('/')) return names;
  const [alias = '', ...rest] = names;
  const value = readAlias(alias);
  return value === undefined ? [''] : [...namesOf(targetOf(alias, value), readAlias), ...rest];
}

function targetOf(alias: string, value: Uint8Array): string {
  const target = readString(value);
  if (target.startsWith('/')) return target;
  throw new FdtError(
    'EINVAL',
    `alias '${alias}' leads to ${JSON.stringify(target)}, not to a full path`,
    'correct the property in /aliases',
    { value: target },
  );
}

/** The error for a name without unit address that fits more than one node. */
export function fitsSeveral(name: string, fitting: readonly string[]): FdtError {
  return new FdtError('ENOTUNIQ', `'${name}' fits ${fitting.join(', ')}`, 'give the unit address too', { value: name });
}

/** The error for a node to be made below an alias that does not exist. */
export function unknownAlias(path: string): FdtError {
  return new FdtError('ENOENT', `no node for the alias in '${path}'`, 'give a full path, beginning with /', {
    value: path,
  });
}

/** The error for the one node that every tree has. */
export function noRootRemoval(path: string): FdtError {
  return new FdtError('EINVAL', 'the root node cannot be removed', 'name a node below it', { value: path });
}
