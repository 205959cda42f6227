import { type Fdt, FdtError, type FdtNode, getProperty } from '@kexeckit/fdt';
import { regionParameters } from '../region-parameters.ts';

/**
 * What a kexec takes out of `/chosen` (drivers/of/kexec.c): where a crash kernel, the integrity log and the handed over
 * state of the kernel before lie. Memory that is anyone's now.
 */
export const staleInChosen: readonly string[] = [
  'linux,elfcorehdr',
  'linux,usable-memory-range',
  'linux,ima-kexec-buffer',
  'linux,kho-fdt',
  'linux,kho-scratch',
];

/** What a kexec writes to `/chosen`. Whatever else is there is the machine's. */
export const setInChosen: readonly string[] = [
  'bootargs',
  'linux,initrd-start',
  'linux,initrd-end',
  'linux,booted-from-kexec',
  'kaslr-seed',
  'rng-seed',
  ...Object.values(regionParameters).map(({ note }) => note),
];

/**
 * The `/chosen` that a kernel reads; undefined where there is none. While it boots, that is the first child of the root of
 * that name with any unit address, and afterwards the one without.
 *
 * @throws FdtError `ENOTUNIQ` for a tree in which these could be two.
 */
export function chosenOf(fdt: Fdt): FdtNode | undefined {
  const [chosen, other] = fdt.root.children.filter(({ name }) => name === 'chosen' || name.startsWith('chosen@'));
  if (other === undefined) return chosen;
  throw new FdtError('ENOTUNIQ', `/chosen fits ${chosen?.name} and ${other.name}`, 'leave one of them', {
    value: other.name,
  });
}

/** arm64's COMMAND_LINE_SIZE: the NUL is one of them. */
const COMMAND_LINE_SIZE = 2048;

/** The command line as a kernel takes it from its tree: up to the first NUL, and cut where it has no more room. */
export function commandLineOf(fdt: Fdt): Uint8Array {
  const chosen = chosenOf(fdt);
  const value = (chosen && getProperty(chosen, 'bootargs')) ?? new Uint8Array();
  const room = value.subarray(0, Math.max(0, Math.min(value.length, COMMAND_LINE_SIZE) - 1));
  const end = room.indexOf(0);
  return end < 0 ? room : room.subarray(0, end);
}
