import { type LinuxDoubt, linuxDoubts } from '@kexeckit/fdt';
import type { Context } from '../../context.ts';
import { UsageError } from '../../error.ts';
import type { OutputValues } from '../../options/output.ts';
import type { Request } from '../command.ts';
import { readTreeBytes, treeOf } from './tree-file.ts';

/** What was found in a file. */
export interface CheckedTree {
  readonly file: string;
  /** Why it is no tree that is whole. */
  readonly damage: { readonly message: string; readonly hint: string } | undefined;
  /** An overlay by itself is nothing that Linux reads: there are no doubts. */
  readonly isOverlay: boolean;
  readonly doubts: readonly LinuxDoubt[];
}

/** Looks at trees. @throws UsageError for a file that cannot be read */
export async function checkTrees({ args }: Request<OutputValues>, { io }: Context): Promise<readonly CheckedTree[]> {
  const checked: CheckedTree[] = [];
  for (const file of args) checked.push(checkOne(file, await readTreeBytes(file, io)));
  return checked;
}

function checkOne(file: string, bytes: Uint8Array): CheckedTree {
  try {
    const fdt = treeOf(bytes, file);
    const isOverlay = fdt.root.children.some(({ children }) => children.some(({ name }) => name === '__overlay__'));
    return { file, damage: undefined, isOverlay, doubts: isOverlay ? [] : linuxDoubts(fdt) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { file, damage: { message: error.message, hint: error.hint }, isOverlay: false, doubts: [] };
  }
}
