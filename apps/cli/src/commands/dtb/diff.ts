import { diffFdt, type FdtChange } from '@kexeckit/fdt';
import type { Context } from '../../context.ts';
import type { Request } from '../command.ts';
import { readTree } from './tree-file.ts';
import type { DiffValues } from './values.ts';

/** In what two trees differ, and what of it is to be shown. */
export interface TreeChanges {
  readonly changes: readonly FdtChange[];
  readonly showsRenumbered: boolean;
}

/** @throws UsageError */
export async function diffTrees({ args, options }: Request<DiffValues>, { io }: Context): Promise<TreeChanges> {
  const [before = '', after = ''] = args;
  const [{ fdt: one }, { fdt: other }] = [await readTree(before, io), await readTree(after, io)];
  return { changes: diffFdt(one, other), showsRenumbered: options.renumbered ?? false };
}
