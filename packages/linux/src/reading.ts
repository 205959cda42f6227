import { constants } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Why a value is not known. */
export interface Unread {
  /** The file, as it is called on the host. */
  readonly path: string;
  /** Errno name: ENOENT, EACCES, …; EINVAL where the file was read but holds something else. */
  readonly code: string;
  /** The same in words. */
  readonly reason: string;
}

/** A value, or why there is none. */
export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly unread: Unread };

/** More than any file here can hold: a device tree has at most 2 MiB, the largest memory maps some 100 KiB. */
const LIMIT = 16 * 2 ** 20;
const CHUNK = 2 ** 16;

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'it does not exist',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ELOOP: 'its symbolic links go round in circles',
  EISDIR: 'it is a folder',
};

/** A value that was read. */
export function known<T>(value: T): Reading<T> {
  return { ok: true, value };
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

/** Reads a file below `root`. Never waits: pipes and devices are refused. */
export async function readBytes(root: string, path: string): Promise<Reading<Uint8Array>> {
  let file: FileHandle | undefined;
  try {
    file = await open(join(root, path), constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) return unknown(path, 'EINVAL', 'it is not a regular file');
    return await readAll(file, path);
  } catch (error) {
    return failed(path, error);
  } finally {
    await file?.close();
  }
}

/** Files of /proc and /sys do not know their size: read to the end. */
async function readAll(file: FileHandle, path: string): Promise<Reading<Uint8Array>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(new Uint8Array(CHUNK), 0, CHUNK, null);
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    size += bytesRead;
    if (size > LIMIT) return unknown(path, 'EFBIG', `it is larger than ${LIMIT} bytes`);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return known(whole);
}

/** Reads a text below `root`, one character a byte, as `@kexeckit/cmdline` wants it. */
export async function readText(root: string, path: string): Promise<Reading<string>> {
  const bytes = await readBytes(root, path);
  return bytes.ok ? known(latin1(bytes.value)) : bytes;
}

/** Reads a text without the newline at its end. */
export async function readLine(root: string, path: string): Promise<Reading<string>> {
  const text = await readText(root, path);
  return text.ok ? known(text.value.replace(/\n$/, '')) : text;
}

/** One character a byte. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

/** Reads a text and what it means; `parse` returns undefined for text that means nothing. */
export async function readValue<T>(
  root: string,
  path: string,
  parse: (text: string) => T | undefined,
  wanted: string,
): Promise<Reading<T>> {
  const text = await readLine(root, path);
  if (!text.ok) return text;
  const value = parse(text.value);
  return value === undefined
    ? unknown(path, 'EINVAL', `${JSON.stringify(text.value.slice(0, 60))} is not ${wanted}`)
    : known(value);
}

/** Whether something of this name is there. */
export async function exists(root: string, path: string): Promise<Reading<boolean>> {
  try {
    await stat(join(root, path));
    return known(true);
  } catch (error) {
    const code = errnoOf(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? known(false) : failed(path, error);
  }
}

/** Names in a folder. */
export async function list(root: string, path: string): Promise<Reading<readonly string[]>> {
  try {
    return known(await readdir(join(root, path)));
  } catch (error) {
    return failed(path, error);
  }
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
