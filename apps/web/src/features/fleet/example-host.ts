import { type HostPhase, type HostResult, hostPhases, type Trouble } from '@kexeckit/rollout';

/** A number from 0 up to 1 that is the same for the same seed, host and purpose. */
function chance(seed: number, host: number, purpose: number): number {
  let bits =
    Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(host + 1, 0xc2b2ae35) ^ Math.imul(purpose + 1, 0x27d4eb2f);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
}

/** What goes wrong with a host that something goes wrong with, and how often of a hundred. */
const ILLS: readonly {
  readonly share: number;
  readonly outcome: 'refused' | 'failed' | 'lost';
  readonly trouble: Trouble;
}[] = [
  {
    share: 35,
    outcome: 'refused',
    trouble: {
      ...{ phase: 'inspect', code: 'ESTALE', what: 'its memory map is not that of its class' },
      hint: 'plan a rollout for it anew: kexeckit fleet plan',
    },
  },
  {
    share: 10,
    outcome: 'failed',
    trouble: {
      ...{ phase: 'stage', code: 'EIO', what: 'the upload of the initramfs broke off' },
      hint: 'see whether its disk is full, and roll out to it again',
    },
  },
  {
    share: 15,
    outcome: 'failed',
    trouble: {
      ...{ phase: 'drain', code: 'ETIMEDOUT', what: 'the drain command did not end within 10m' },
      hint: 'see what holds its workload',
    },
  },
  {
    share: 25,
    outcome: 'failed',
    trouble: {
      ...{ phase: 'health', code: 'EIO', what: 'systemctl is-system-running: exit code 1' },
      hint: 'see systemctl --failed on it',
    },
  },
  {
    share: 15,
    outcome: 'lost',
    trouble: {
      ...{ phase: 'return', code: 'ETIMEDOUT', what: 'it did not come back within 15m' },
      hint: 'look at its console; it may need its power button',
    },
  },
];

const RETURN_LIMIT = 900_000;
const DRAIN_LIMIT = 600_000;
const RELEASE = '6.12.9-arm64';

/** Milliseconds of each phase in the middle, and how far they are spread: as a power of that number. */
const PACE: Readonly<Record<HostPhase, readonly [middle: number, spread: number]>> = {
  inspect: [1400, 1.6],
  stage: [7200, 1.8],
  drain: [48_000, 2.4],
  commit: [700, 1.4],
  return: [38_000, 1.12],
  health: [16_000, 1.7],
  evidence: [1900, 1.5],
};
/** Boards of a third of the hosts, whose firmware takes longer. */
const SLOW = 1.9;

/** What a host will come to, when it begins at nought. */
export interface ExampleRoad {
  readonly outcome: HostResult['outcome'];
  readonly trouble: Trouble | undefined;
  readonly durations: readonly (readonly [HostPhase, number])[];
  readonly length: number;
}

/** @param share of hosts that something goes wrong with. */
export function roadOf(seed: number, host: number, share: number): ExampleRoad {
  const ill = chance(seed, host, 0) < share ? illOf(100 * chance(seed, host, 1)) : undefined;
  const durations: (readonly [HostPhase, number])[] = [];
  for (const [at, phase] of hostPhases.entries()) {
    const isLast = phase === ill?.trouble.phase;
    durations.push([phase, isLast ? lastMs(ill.trouble) : usualMs(seed, host, phase, at)]);
    if (isLast) break;
  }
  const length = durations.reduce((sum, [, ms]) => sum + ms, 0);
  return { outcome: ill?.outcome ?? 'done', trouble: ill?.trouble, durations, length };
}

function illOf(percent: number): (typeof ILLS)[number] | undefined {
  let sum = 0;
  return ILLS.find(({ share }) => {
    sum += share;
    return percent < sum;
  });
}

function lastMs({ phase, code }: Trouble): number {
  if (code !== 'ETIMEDOUT') return 2000;
  return phase === 'return' ? RETURN_LIMIT : DRAIN_LIMIT;
}

function usualMs(seed: number, host: number, phase: HostPhase, at: number): number {
  const [middle, spread] = PACE[phase];
  // Three of them together are nearly a bell.
  const bell = [2, 3, 4].reduce((sum, each) => sum + chance(seed, host, 10 * (at + 1) + each), 0) - 1.5;
  const slow = phase === 'return' && host % 3 === 0 ? SLOW : 1;
  return Math.round(middle * slow * spread ** (2 * bell));
}

/** What became of a host that has gone its road. */
export function resultAt(road: ExampleRoad, host: string, wave: string, start: number): HostResult {
  const { outcome, trouble } = road;
  let end = start;
  const times = road.durations.map(([phase, ms]) => {
    const from = end;
    end += ms;
    return { phase, start: from, end };
  });
  const back = times.find(({ phase }) => phase === 'return');
  const committed = times.find(({ phase }) => phase === 'commit');
  const isBack = back !== undefined && outcome !== 'lost';
  return {
    ...{ host, wave, attempt: 1, outcome, times },
    ...(trouble && { trouble }),
    ...(committed && { bootBefore: `before-${host}` }),
    ...(isBack && {
      ...{ bootAfter: `after-${host}`, kernelAfter: RELEASE },
      downtimeMs: back.end - (committed?.end ?? back.start),
    }),
    ...(outcome === 'lost' && { console: LAST_WORDS }),
  };
}

const LAST_WORDS: readonly string[] = [
  '[    2.913557] nvme nvme0: I/O 24 QID 0 timeout, disable controller',
  '[    3.020114] nvme nvme0: Device shutdown incomplete; abort shutdown',
  '[    3.127803] VFS: Cannot open root device "/dev/nvme0n1p2" or unknown-block(0,0): error -6',
  '[    3.131921] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
];
