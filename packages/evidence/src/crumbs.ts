import { breadcrumbs } from '@kexeckit/relocation';

const { entered, mismatch, ...later } = breadcrumbs;

const escaped = (text: string): string => text.replaceAll(/[.!]/g, '\\$&');

/** A console's line that has nothing but breadcrumbs: from the first on, and at most one complaint at the end. */
const CRUMBS = new RegExp(`^${entered}[${escaped(Object.values(later).join(''))}]*(?:${escaped(mismatch)}([a-z])?)?$`);

/** What breadcrumbs say. */
export interface Crumbs {
  /** The letter of the segment whose digest differs, or `?` where it was lost; `undefined` where none does. */
  readonly mismatch: string | undefined;
}

/** Reads the breadcrumbs of our own relocation and purgatory, or `undefined` where a line is something else. */
export function crumbsOf(text: string): Crumbs | undefined {
  const match = CRUMBS.exec(text);
  if (match === null) return undefined;
  return { mismatch: text.includes(mismatch) ? (match[1] ?? '?') : undefined };
}
