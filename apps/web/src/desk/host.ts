import { LabError } from '../shared/error.ts';

const told = (): Element | null => document.querySelector('meta[name="kexeckit-host"]');

/** Whether `kexeckit lab` serves the page. */
export const isServedByHost = (): boolean => told() !== null;

/** Where a tab keeps the word of the host: no other tab has it, and it is gone with this one. */
const KEPT_AS = 'kexeckit-host-word';

/** The address that `kexeckit lab` prints holds its word, and nothing else. */
const WORD = /^\/([\w-]{32})\/$/;

/** For a browser that keeps nothing. */
let known: string | undefined;

/** Keeps the word that is in the address in this tab, and takes it out of there: an address is seen, copied and passed on. */
export function takeWord(): void {
  const [, word] = (isServedByHost() && WORD.exec(location.pathname)) || [];
  if (word === undefined) return;
  known = word;
  try {
    sessionStorage.setItem(KEPT_AS, word);
  } catch {
    // A reload asks for the address again.
  }
  history.replaceState(history.state, '', `/${location.search}${location.hash}`);
}

function wordOfHost(): string | undefined {
  try {
    return known ?? sessionStorage.getItem(KEPT_AS) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Whether the host serves the page to a tab that it does not know, and gives it nothing else. */
export const isStranger = (): boolean => isServedByHost() && wordOfHost() === undefined;

/** What the host that serves the page offers beyond the page: nothing, where any server does, or to a tab that it does not know. */
const offers = (): string[] => (isStranger() ? [] : (told()?.getAttribute('content') ?? '').split(' '));

/** Where something is asked of the host. */
export const hostUrl = (path: string): string => `/${wordOfHost() ?? ''}/${path}`;

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
  const response = await fetch(hostUrl(path), init).catch(() => undefined);
  if (response?.status === 304) return response;
  if (response?.status === 404) throw unknown();
  if (response === undefined || (!response.ok && !isJson(response))) throw silent();
  if (response.ok) return response;
  const { error }: { error: { code: string; message: string; hint: string } } = await response.json();
  throw new LabError(error.code, error.message, error.hint);
}

const isJson = ({ headers }: Response): boolean => headers.get('content-type') === 'application/json';

const unknown = (): LabError =>
  new LabError(
    'ENOENT',
    'the host knows nothing of that',
    'open the address that kexeckit lab has printed last; machines that have ended are forgotten',
  );

const silent = (): LabError => new LabError('EIO', 'the host does not answer', 'see whether kexeckit lab still runs');

/** This machine's memory map, as a file. @throws LabError where the host no longer answers. */
export async function hostMap(): Promise<File> {
  const response = await askHost(IOMEM);
  return new File([await response.text()], 'iomem of this machine');
}
