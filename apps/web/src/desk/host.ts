import { LabError } from '../shared/error.ts';

/** What the host that serves the page offers beyond the page: nothing, where any server does. */
const offers = (): string[] =>
  (document.querySelector('meta[name="kexeckit-host"]')?.getAttribute('content') ?? '').split(' ');

const IOMEM = 'host/iomem';

/** Whether this machine's memory map can be asked for. */
export const offersMap = (): boolean => offers().includes(IOMEM);

/** This machine's memory map, as a file. @throws LabError where the host no longer answers. */
export async function hostMap(): Promise<File> {
  const response = await fetch(IOMEM).catch(() => undefined);
  if (response?.ok !== true)
    throw new LabError('EIO', 'the host does not answer', 'see whether kexeckit lab still runs');
  return new File([await response.text()], 'iomem of this machine');
}
