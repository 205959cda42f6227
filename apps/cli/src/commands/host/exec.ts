import { askHolder, type HostSlots, readHost, rebootIntoLoaded, slotsOf } from '@kexeckit/linux';
import { RebootError } from '@kexeckit/reboot';
import { livingHolder } from './held.ts';

/** Reboots into what is loaded: where that goes well, nobody sees the result. */
export async function exec(): Promise<HostSlots> {
  const host = await readHost();
  const { living, dead } = await livingHolder(host);
  if (dead !== undefined)
    throw new RebootError(
      'ESTALE',
      `process ${dead.pid}, in whose pages the image stood, has died; it is unloaded`,
      'load it again: kexeckit load',
    );
  // It looks once more at every page, right before.
  if (living === undefined) await rebootIntoLoaded(host);
  else await askHolder('exec');
  return slotsOf(host);
}
