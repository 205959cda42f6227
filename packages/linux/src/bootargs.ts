import { FdtError, getProperty, parseFdt, readString } from '@kexeckit/fdt';
import { chosenOf } from '@kexeckit/relocation';
import type { Host } from './host-values.ts';

/**
 * The command line in the device tree of the running kernel, as firmware or a loader has put it there. It is empty where there is
 * none, or the tree cannot be read.
 */
export function runningBootargs({ fdt: blob }: Pick<Host, 'fdt'>): string {
  if (blob === undefined) return '';
  try {
    const chosen = chosenOf(parseFdt(blob));
    const bootargs = chosen && getProperty(chosen, 'bootargs');
    return bootargs === undefined ? '' : readString(bootargs);
  } catch (error) {
    if (error instanceof FdtError) return '';
    throw error;
  }
}
