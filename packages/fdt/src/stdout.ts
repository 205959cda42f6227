import { findNode } from './path.ts';
import { getProperty } from './property.ts';
import type { Fdt, FdtNode } from './tree.ts';
import { readString } from './values.ts';

/** The console that firmware names for the kernel. */
export interface StdoutPath {
  /** A path or an alias. */
  readonly path: string;
  /** What stands behind the colon, such as `115200n8`. */
  readonly options: string | undefined;
  /** The device; undefined where the tree lacks it. */
  readonly node: FdtNode | undefined;
}

/**
 * `stdout-path` of `/chosen` (Devicetree Specification 3.6), or the older `linux,stdout-path`, as Linux takes it; undefined
 * where there is none.
 *
 * @throws FdtError `EINVAL` for a value that is no text, `ENOTUNIQ` as {@link findNode}
 */
export function stdoutPath(fdt: Fdt): StdoutPath | undefined {
  const chosen = fdt.root.children.find(({ name }) => name === 'chosen');
  const value = chosen && (getProperty(chosen, 'stdout-path') ?? getProperty(chosen, 'linux,stdout-path'));
  if (value === undefined) return undefined;
  const text = readString(value);
  const colon = text.indexOf(':');
  const path = colon === -1 ? text : text.slice(0, colon);
  const options = colon === -1 ? undefined : text.slice(colon + 1);
  return { path, options, node: path === '' ? undefined : findNode(fdt, path) };
}
