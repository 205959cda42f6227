import type { Decoded } from '@kexeckit/a64';

/** What an instruction accesses at once, and in all. */
export interface AccessSize {
  /** Bytes of each access that a device sees. */
  readonly bytes: number;
  readonly total: number;
}

const PAIR = /^(ld|st)(n?p|psw|a?xp|lxp)$|^casp$/;

/** The sizes of a load or store: its name and the suffix of its form tell them. */
export function accessSizeOf({ id }: Decoded): AccessSize {
  const [name = '', ...forms] = id.split('.');
  const bytes = bytesOf(name, forms);
  return { bytes, total: PAIR.test(name) ? 2 * bytes : bytes };
}

function bytesOf(name: string, forms: readonly string[]): number {
  if (name.endsWith('b') || /^(cpy|set)/.test(name)) return 1;
  if (name.endsWith('h')) return 2;
  if (name.endsWith('sw') || forms.includes('w')) return 4;
  return forms.includes('q') || /^(ld|st)1$/.test(name) ? 16 : 8;
}
