import { nextInTree, type Resource } from './resource.ts';
import type { ResourceTree } from './tree.ts';

/** A sign that lines of a map are missing: grep took them out, or the text does not begin or end where the map does. */
export interface ExcerptSign {
  readonly missing: 'System RAM' | 'running kernel' | 'reserved';
  /** What shows it, and what follows. */
  readonly message: string;
}

const MESSAGES: Readonly<Record<ExcerptSign['missing'], string>> = {
  'System RAM': 'no System RAM is listed, so lines are missing: nothing can be placed by this map',
  'running kernel': 'the running kernel is not listed, so lines are missing: what is taken in System RAM is not known',
  reserved:
    'nothing in System RAM is listed as reserved, as Linux 5.1 and later does, so lines are missing: what is taken there is not known',
};

/** What every whole map lists in System RAM. */
const TOLD: ReadonlySet<string | null> = new Set(['Kernel code', 'Kernel data', 'reserved']);

/**
 * What shows that a memory map is an excerpt; undefined where nothing does. Every arm64 kernel lists System RAM, and itself in it;
 * newer ones list there as `reserved` what they gave away at boot, their own init section at least.
 */
export function excerptSign({ root }: ResourceTree): ExcerptSign | undefined {
  let hasRam = false;
  const within = new Map<string | null, Resource>();
  for (let bank = root.child; bank; bank = bank.sibling) {
    if (bank.name !== 'System RAM') continue;
    hasRam = true;
    for (let at = nextInTree(bank, bank); at; at = nextInTree(bank, at)) if (TOLD.has(at.name)) within.set(at.name, at);
  }
  if (!hasRam) return sign('System RAM');
  const code = within.get('Kernel code');
  if (code === undefined || !within.has('Kernel data')) return sign('running kernel');
  return within.has('reserved') || isOfOldKernel(code) ? undefined : sign('reserved');
}

const sign = (missing: ExcerptSign['missing']): ExcerptSign => ({ missing, message: MESSAGES[missing] });

/** Up to Linux 5.7 kernels stand 512 KiB beyond a multiple of 2 MiB; the oldest of them list nothing as reserved. */
const isOfOldKernel = ({ start }: Resource): boolean => start % 0x20_0000n === 0x8_0000n;
