import { LabError } from '../shared/error.ts';

/** What the host that serves the page offers beyond the page: nothing, where any server does. */
const offers = (): string[] =>
  (document.querySelector('meta[name="kexeckit-host"]')?.getAttribute('content') ?? '').split(' ');

const IOMEM = 'host/iomem';

/** Whether this machine's memory map can be asked for. */
export const offersMap = (): boolean => offers().includes(IOMEM);

/** Where machines of this host's QEMU are asked for. */
export const QEMU = 'host/qemu';

/** Whether machines of QEMU can be asked for. */
export const offersQemu = (): boolean => offers().includes(QEMU);

/** Where rollouts of the host's database are asked for. */
export const FLEET = 'host/fleet';

/** Whether rollouts can be asked for. */
export const offersFleet = (): boolean => offers().includes(FLEET);

/** Asks the host; what has not changed (304) is an answer as well. @throws LabError where it no longer answers, or refuses. */
export async function askHost(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(path, init).catch(() => undefined);
  if (response?.status === 304) return response;
  if (response === undefined || (!response.ok && !isJson(response))) throw silent();
  if (response.ok) return response;
  const { error }: { error: { code: string; message: string; hint: string } } = await response.json();
  throw new LabError(error.code, error.message, error.hint);
}

const isJson = ({ headers }: Response): boolean => headers.get('content-type') === 'application/json';

const silent = (): LabError => new LabError('EIO', 'the host does not answer', 'see whether kexeckit lab still runs');

/** This machine's memory map, as a file. @throws LabError where the host no longer answers. */
export async function hostMap(): Promise<File> {
  const response = await askHost(IOMEM);
  return new File([await response.text()], 'iomem of this machine');
}

/** Whether `kexeckit lab` serves the page: then its address holds a secret. */
export const isServedByHost = (): boolean => document.querySelector('meta[name="kexeckit-host"]') !== null;
