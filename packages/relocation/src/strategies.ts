import { RelocationError } from './error.ts';
import type { RegionParameter } from './region-parameters.ts';

/** How the segments come to their destinations: everything that differs between strategies. */
export interface Strategy {
  readonly name: string;
  /** One sentence for people. */
  readonly summary: string;
  /** The parameter whose region it loads into; undefined: it copies to anywhere in System RAM. */
  readonly region: RegionParameter | undefined;
  /** Whether pages that have to be moved are moved with the MMU on or off. */
  readonly mmu: 'on' | 'off';
  /** Whether the running kernel's own relocation moves the segments, before our routine begins; else the routine does. */
  readonly delivers: boolean;
  /** Whether digests can be compared before the jump. */
  readonly canVerify: boolean;
  /** Whose image the region holds already: it is unloaded first, and the next kernel loads it again. */
  readonly displaces: string | undefined;
}

/** All strategies, slowest first. A new one is one more record here. */
export const strategies = [
  {
    name: 'mmu-off',
    summary: 'The segments are copied with the MMU and the data cache off, as Linux did before 5.16.',
    region: undefined,
    mmu: 'off',
    delivers: false,
    // Without caches a digest would take seconds.
    canVerify: false,
    displaces: undefined,
  },
  {
    name: 'kernel',
    summary: 'The running kernel copies the segments by its own relocation, and then starts our purgatory.',
    region: undefined,
    mmu: 'on',
    delivers: true,
    canVerify: true,
    displaces: undefined,
  },
  {
    name: 'mmu-on',
    summary: 'The segments are copied under temporary page tables, with the caches on.',
    region: undefined,
    mmu: 'on',
    delivers: false,
    canVerify: true,
    displaces: undefined,
  },
  {
    name: 'reserved',
    summary: 'The segments are loaded straight into the Kexec kernel region, and nothing is copied.',
    region: 'kexeckernel',
    mmu: 'on',
    delivers: false,
    canVerify: true,
    displaces: undefined,
  },
  {
    name: 'crash-region',
    summary:
      'The segments are loaded straight into the Crash kernel region; the crash kernel is loaded again afterwards.',
    region: 'crashkernel',
    mmu: 'on',
    delivers: false,
    canVerify: true,
    displaces: 'the crash kernel',
  },
] as const;

/** The name of a strategy. */
export type StrategyName = (typeof strategies)[number]['name'];

/**
 * The strategy of this name.
 *
 * @throws RelocationError `EINVAL` where there is none.
 */
export function strategyNamed(name: string): Strategy & { readonly name: StrategyName } {
  const found = strategies.find((strategy) => strategy.name === name);
  if (found !== undefined) return found;
  const names = strategies.map((strategy) => strategy.name).join(', ');
  throw new RelocationError('EINVAL', `there is no strategy ${name}`, `choose one of ${names}`);
}
