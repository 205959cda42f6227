import type { Timeline, PhaseTime } from './timeline.ts'; import type {TimedPhase} from './phases.ts';
const published = (phase: TimedPhase, seconds: number): PhaseTime => ({ phase, seconds, basis: 'published' });

/** Published timelines of the same workload's machine: Broadcom Stingray. */
export const publishedTimelines: readonly Timeline[] = [
  {
    label: 'July 2019, 13M + 24M, MMU off',
    strategy: 'mmu-off',
    phases: [
      published('shutdown', 0.03),
      published('relocation', 0.35),
      { phase: 'checksum', seconds: 2.31, basis: 'skipped', remark: 'purgatory, caches off' },
      published('startup', 0.29),
    ],
  },
  {
    label: 'MMU series, 25M, MMU off',
    strategy: 'mmu-off',
    phases: [
      published('shutdown', 0.022131328),
      published('relocation', 0.440510736),
      published('startup', 0.294706768),
    ],
  },
  {
    label: 'MMU series, 25M, MMU on',
    strategy: 'mmu-on',
    phases: [
      published('shutdown', 0.032066576),
      published('relocation', 0.022158152),
      published('startup', 0.29605588),
    ],
  },
];
