import { phases, RebootError } from '@kexeckit/reboot';

/** Something stands where the image would have to go. */
export const busy = (what: string, hint: string): RebootError =>
  new RebootError('EBUSY', what, hint, { phase: phases.stage });
