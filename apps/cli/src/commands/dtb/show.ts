import { type Fdt, type FdtNode, findNode } from '@kexeckit/fdt';
import type { Context } from '../../context.ts';
import { CliError } from '../../error.ts';
import type { OutputValues } from '../../options/output.ts';
import type { Request } from '../command.ts';
import { readTree } from './tree-file.ts';
import { FIRMWARE_TREE } from './values.ts';

/** A tree, and the node of it that was asked for. */
export interface ShownTree {
  readonly fdt: Fdt;
  /** Undefined where all of it was asked for. */
  readonly node: FdtNode | undefined;
  readonly bytes: number;
}

/** A tree, or a part of it. @throws UsageError, CliError, FdtError */
export async function showTree({ args }: Request<OutputValues>, { io }: Context): Promise<ShownTree> {
  const [file = FIRMWARE_TREE, path] = args;
  const { fdt, bytes } = await readTree(file, io);
  return { fdt, bytes, node: path === undefined ? undefined : neededNode(fdt, path, file) };
}

/** @throws CliError for a node that is not there, FdtError for a path that cannot be */
export function neededNode(fdt: Fdt, path: string, file: string): FdtNode {
  const node = findNode(fdt, path);
  if (node !== undefined) return node;
  throw new CliError('ENOENT', `${file} has no node ${path}`, `kexeckit dtb show ${file} shows all`);
}
