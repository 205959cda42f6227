import { FdtError } from './error.ts';
import { isName, MAX_DEPTH } from './format.ts';
import type { Fdt, FdtNode } from './tree.ts';

const U64_LIMIT = 1n << 64n;

/**
 * Checks that a tree can be written: names, nesting, numbers.
 *
 * @throws FdtError `EINVAL` or `EEXIST` for names, `ERANGE` for numbers that do not fit and nodes nested too deep
 */
export function checkTree(fdt: Fdt): void {
  checkBootCpu(fdt.bootCpuidPhys);
  for (const { address, size } of fdt.reservations) checkReservation(address, size);
  if (fdt.root.name !== '') throw badName('root node', fdt.root.name, '/');
  checkNode(fdt.root, 0, '');
}

/** The error for a name that a blob cannot hold. */
export function badName(what: string, name: string, path: string): FdtError {
  return new FdtError(
    'EINVAL',
    `${what} name ${JSON.stringify(name)} in ${path} cannot be written`,
    'use at most 255 letters, digits and , . _ + * # ? @ - (only the root node has the empty name)',
    { value: name },
  );
}

/** The error for a name that appears twice in a node; `offset` where there is a blob. */
export function twice(what: string, name: string, path: string, offset?: number): FdtError {
  return new FdtError(
    'EEXIST',
    `${what} '${name}' appears twice in ${path}`,
    'remove one: names are unique inside a node (Devicetree Specification, section 2.2.1)',
    { ...(offset === undefined ? {} : { offset }), value: name },
  );
}

/** The error for a node below the deepest level; `offset` where there is a blob. */
export function tooDeep(path: string, offset?: number): FdtError {
  return new FdtError(
    'ERANGE',
    `nodes are nested more than ${MAX_DEPTH} deep`,
    'flatten the tree: Linux ignores deeper nodes',
    { ...(offset === undefined ? {} : { offset }), value: path },
  );
}

/** Checks a boot CPU: 32 bits. @throws FdtError `ERANGE` */
export function checkBootCpu(id: number): void {
  if (Number.isInteger(id) && id >= 0 && id <= 0xffffffff) return;
  throw new FdtError('ERANGE', `bootCpuidPhys is ${id}, not a whole number of 32 bits`, 'give 0 to 2^32 - 1', {
    value: id,
  });
}

/** Checks an entry of the memory reservation block. @throws FdtError `ERANGE` or `EINVAL` */
export function checkReservation(address: bigint, size: bigint): void {
  if (address < 0n || address >= U64_LIMIT || size < 0n || size >= U64_LIMIT) {
    throw new FdtError(
      'ERANGE',
      `a reservation of ${size} bytes at ${address} does not fit 64 bits`,
      'give an address and a size between 0 and 2^64 - 1',
      { value: address },
    );
  }
  if (address === 0n && size === 0n) {
    throw new FdtError(
      'EINVAL',
      'a reservation with address 0 and size 0 would end the list',
      'remove it from reservations',
      { value: address },
    );
  }
}

function checkNode(node: FdtNode, depth: number, path: string): void {
  if (depth >= MAX_DEPTH) throw tooDeep(path);
  checkNames('property', node.properties, path || '/');
  checkNames('node', node.children, path || '/');
  for (const child of node.children) checkNode(child, depth + 1, `${path}/${child.name}`);
}

function checkNames(what: string, named: readonly { name: string }[], path: string): void {
  const seen = new Set<string>();
  for (const { name } of named) {
    if (!isName(name)) throw badName(what, name, path);
    if (seen.has(name)) throw twice(what, name, path);
    seen.add(name);
  }
}
