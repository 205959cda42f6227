import type { HostFiles } from './files/host-files.ts';
import { known, latin1, type Reading, unknown } from './reading.ts';

/** Characters of a text that are shown as evidence. */
const SHOWN = 160;

/** As much of a text as people look at. */
export const shortened = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text);

/** Reads a text, one character a byte, as `@kexeckit/cmdline` wants it. */
export async function readText(files: HostFiles, path: string): Promise<Reading<string>> {
  const bytes = await files.read(path);
  if (!bytes.ok) return bytes;
  const text = latin1(bytes.value);
  return known(text, { path, text: shortened(/^.+/.exec(text)?.[0] ?? 'it is empty') });
}

/** Reads a text without the newline at its end. */
export async function readLine(files: HostFiles, path: string): Promise<Reading<string>> {
  const text = await readText(files, path);
  if (!text.ok) return text;
  const line = withoutNewline(text.value);
  return known(line, { path, text: shortened(line === '' ? 'it is empty' : line) });
}

const withoutNewline = (text: string): string => text.replace(/\n$/, '');

/** What to look for in a text, and what it means. */
export interface Wanted<T> {
  /** What it should be, in words. */
  readonly wanted: string;
  /** Undefined for text that means nothing. */
  readonly parse: (text: string) => T | undefined;
  /** In a table: the line that is meant. */
  readonly line?: RegExp;
}

/** Reads a text and what it means. */
export async function readValue<T>(files: HostFiles, path: string, wanted: Wanted<T>): Promise<Reading<T>> {
  const text = await readText(files, path);
  return text.ok ? valueIn(path, text.value, wanted) : text;
}

/** What a text that was read means. */
export function valueIn<T>(path: string, text: string, { wanted, parse, line }: Wanted<T>): Reading<T> {
  const all = withoutNewline(text);
  const meant = line === undefined ? all : line.exec(all)?.[0];
  const value = meant === undefined ? undefined : parse(meant);
  if (meant === undefined || value === undefined)
    return unknown(path, 'EINVAL', `${JSON.stringify(all.slice(0, 60))} is not ${wanted}`);
  return known(value, { path, text: shortened(meant) });
}
