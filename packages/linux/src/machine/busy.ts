import { phases, RebootError } from '@kexeckit/reboot';
import type { Host } from '../host-values.ts';

/** Something stands where the image would have to go. */
export const busy = (what: string, hint: string): RebootError =>
  new RebootError('EBUSY', what, hint, { phase: phases.stage });

/** A load replaces what is loaded, unasked. @throws RebootError `EBUSY` in phase `stage` where something is, or may be. */
export function refuseLoaded({ kexecLoaded }: Pick<Host, 'kexecLoaded'>): void {
  if (kexecLoaded === undefined)
    throw busy(
      'whether an image is loaded is not known: /sys/kernel/kexec_loaded cannot be read',
      'mount sysfs at /sys',
    );
  if (kexecLoaded) throw busy('an image is loaded already', 'unload it first: kexeckit unload');
}
