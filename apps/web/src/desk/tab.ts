/** Where a tab has its name: it survives a reload, and a duplicated tab has that of its twin. */
const NAME = 'kexeckit-lab';
/** Milliseconds that the page of before takes to let go of the name in a reload. */
const REPLACED_MS = 500;

/** The name with which this tab begins; undefined in a new one, and where nothing is kept. */
export function nameOfBefore(): string | undefined {
  try {
    return sessionStorage.getItem(NAME) ?? undefined;
  } catch {
    return undefined;
  }
}

/** A name that no tab has had. */
export function freshName(): string {
  const name = `tab-${Math.random().toString(36).slice(2)}`;
  try {
    sessionStorage.setItem(NAME, name);
  } catch {
    // It lasts as long as this page.
  }
  return name;
}

/** The name of this tab, which no other open one has: a duplicate gets one of its own. */
export async function ownName(before: string | undefined): Promise<string> {
  const name = before ?? freshName();
  if (await isAlone(name)) return name;
  const fresh = freshName();
  await isAlone(fresh);
  return fresh;
}

/** Holds a name as long as the page lives. @returns whether nobody else does. */
function isAlone(name: string): Promise<boolean> {
  // A page that came over an insecure way has no locks.
  if (!('locks' in navigator)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const hold = (): Promise<never> => {
      resolve(true);
      return new Promise(() => {});
    };
    const signal = AbortSignal.timeout(REPLACED_MS);
    navigator.locks.request(`${NAME} ${name}`, { signal }, hold).catch(() => resolve(false));
  });
}
