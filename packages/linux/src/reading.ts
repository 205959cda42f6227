/** What says something: a file of the host, as it is called there, and the text in it. */
export interface Evidence {
  readonly path: string;
  /** What it says; of a long text, the line that decides. */
  readonly text: string;
}

/** Why a value is not known. */
export interface Unread {
  /** The file, as it is called on the host. */
  readonly path: string;
  /** Errno name: ENOENT, EACCES, …; EINVAL where the file was read but holds something else. */
  readonly code: string;
  /** The same in words. */
  readonly reason: string;
}

/** A value and what says so, or why there is none. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T; readonly said: Evidence | undefined }
  | { readonly ok: false; readonly unread: Unread };

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'it does not exist',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ELOOP: 'its symbolic links go round in circles',
  EISDIR: 'it is a folder',
};

/** A value that was read. */
export function known<T>(value: T, said?: Evidence): Reading<T> {
  return { ok: true, value, said };
}

/** A value that was not read. */
export function unknown(path: string, code: string, reason: string): Reading<never> {
  return { ok: false, unread: { path, code, reason } };
}

/** Errno name of something thrown by node:fs. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'EIO';
}

/** What node:fs threw, as a reading. */
export function failed(path: string, error: unknown): Reading<never> {
  const code = errnoOf(error);
  return unknown(path, code, WORDS[code] ?? (error instanceof Error ? error.message : String(error)));
}

/** The first that was read; else the first failure that says more than that the file is not there, or the first. */
export async function firstOf<T>(...readings: readonly (() => Promise<Reading<T>>)[]): Promise<Reading<T>> {
  const failures: Reading<T>[] = [];
  for (const read of readings) {
    const reading = await read();
    if (reading.ok) return reading;
    failures.push(reading);
  }
  const telling = failures.find((failure) => !failure.ok && failure.unread.code !== 'ENOENT');
  return telling ?? failures[0] ?? unknown('', 'ENOENT', 'there is no file to read');
}

/** One character a byte. */
export function latin1({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1');
}
