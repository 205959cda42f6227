import { type FdtNode, getProperty, setProperty } from '@kexeckit/fdt';
import { some } from './choose.ts';

/** An address and a size of 64 bits each. */
const BANK = 16;

/** Takes the last bank of memory out of a tree. */
export function hideBank(root: FdtNode): void {
  const memory = some(
    root.children.find(({ name }) => name.startsWith('memory@')),
    'memory node',
  );
  const banks = some(getProperty(memory, 'reg'), 'banks');
  setProperty(memory, 'reg', banks.slice(0, -BANK));
}
