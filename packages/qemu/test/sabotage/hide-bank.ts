import { type FdtNode, getProperty, setProperty } from '@kexeckit/fdt';
import { some } from './choose.ts';

/** An address and a size of 64 bits each. */
const BANK = 16;

/** The node of a tree that names the banks of memory. */
export const memoryNode = (root: FdtNode): FdtNode =>
  some(
    root.children.find(({ name }) => name.startsWith('memory@')),
    'memory node',
  );

/** Takes the last bank of memory out of a tree. */
export function hideBank(root: FdtNode): void {
  const memory = memoryNode(root);
  const banks = some(getProperty(memory, 'reg'), 'banks');
  setProperty(memory, 'reg', banks.slice(0, -BANK));
}
