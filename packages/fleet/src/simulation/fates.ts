import type { HostPhase, Outcome } from '@kexeckit/rollout';
import { shareOf } from './seed.ts';

/** What can go wrong with a simulated host, and how a rollout may then end on it where nothing else is wrong. */
interface FateRule {
  /** The phase that meets it. */
  readonly phase: HostPhase;
  readonly outcomes: readonly Outcome[];
}

const inspect = (...outcomes: readonly Outcome[]): FateRule => ({ phase: 'inspect', outcomes });

/** A kind of fate, in the order of the phases that meet them. */
export type FateKind =
  | 'unreachable'
  | 'locked-out'
  | 'key-changed'
  | 'identify-fails'
  | 'install-fails'
  | 'describe-fails'
  | 'wrong-reality'
  | 'another-identity'
  | 'garbage-identity'
  | 'garbage-description'
  | 'huge-identity'
  | 'huge-description'
  | 'escapes-identity'
  | 'upload-fails'
  | 'load-fails'
  | 'load-breaks'
  | 'load-garbage'
  | 'drain-fails'
  | 'drain-hangs'
  | 'exec-refused'
  | 'exec-breaks-before'
  | 'exec-breaks-after'
  | 'exec-garbage'
  | 'never-leaves'
  | 'never-returns'
  | 'panics'
  | 'old-kernel'
  | 'other-machine'
  | 'returns-late'
  | 'unhealthy'
  | 'unhealthy-while'
  | 'health-hangs'
  | 'evidence-fails'
  | 'evidence-garbage'
  | 'evidence-huge'
  | 'evidence-escapes'
  | 'restore-fails'
  | 'slow';

/** What each kind does. A host can have several: the one whose phase comes first decides. */
const rules: Readonly<Record<FateKind, FateRule>> = {
  /** Nobody is there. */
  unreachable: inspect('failed'),
  /** Nobody is let in. */
  'locked-out': inspect('failed'),
  /** Its host key is not the known one. */
  'key-changed': inspect('failed', 'refused'),
  'identify-fails': inspect('failed'),
  /** The disk has no room for the agent. */
  'install-fails': inspect('failed'),
  'describe-fails': inspect('failed', 'refused'),
  /** It describes itself as what no class was planned for. */
  'wrong-reality': inspect('refused'),
  /** It says that it is another host of the farm. */
  'another-identity': inspect('refused'),
  /** It says it with bytes that make no sense. */
  'garbage-identity': inspect('failed', 'refused'),
  'garbage-description': inspect('failed', 'refused'),
  /** It sends more than anybody asked for. */
  'huge-identity': inspect('failed', 'refused'),
  'huge-description': inspect('failed', 'refused'),
  /** It sends what would move the cursor of a terminal. */
  'escapes-identity': inspect('failed', 'refused'),
  /** The disk has no room for what is booted. */
  'upload-fails': { phase: 'stage', outcomes: ['failed'] },
  'load-fails': { phase: 'stage', outcomes: ['failed'] },
  /** The connection breaks after the first load took effect. */
  'load-breaks': { phase: 'stage', outcomes: ['done', 'failed'] },
  /** What it says of a load makes no sense. */
  'load-garbage': { phase: 'stage', outcomes: ['done', 'failed'] },
  'drain-fails': { phase: 'drain', outcomes: ['failed'] },
  'drain-hangs': { phase: 'drain', outcomes: ['failed'] },
  'exec-refused': { phase: 'commit', outcomes: ['failed'] },
  /** The connection breaks before the first commit took effect. */
  'exec-breaks-before': { phase: 'commit', outcomes: ['done', 'failed'] },
  /** The connection breaks after the commit took effect. */
  'exec-breaks-after': { phase: 'commit', outcomes: ['done'] },
  /** The commit takes effect, and what is said of it makes no sense. */
  'exec-garbage': { phase: 'commit', outcomes: ['done'] },
  /** It claims the rollout and says that it leaves, and does not. */
  'never-leaves': { phase: 'return', outcomes: ['lost'] },
  'never-returns': { phase: 'return', outcomes: ['lost'] },
  /** The next kernel panics, and its console says so. */
  panics: { phase: 'return', outcomes: ['lost'] },
  /** A new boot of the kernel that ran before. */
  'old-kernel': { phase: 'return', outcomes: ['lost'] },
  'other-machine': { phase: 'return', outcomes: ['lost'] },
  /** After it was given up. */
  'returns-late': { phase: 'return', outcomes: ['lost'] },
  unhealthy: { phase: 'health', outcomes: ['failed'] },
  'unhealthy-while': { phase: 'health', outcomes: ['done'] },
  /** Its health command never ends. */
  'health-hangs': { phase: 'health', outcomes: ['failed'] },
  'evidence-fails': { phase: 'evidence', outcomes: ['done'] },
  'evidence-garbage': { phase: 'evidence', outcomes: ['done'] },
  'evidence-huge': { phase: 'evidence', outcomes: ['done'] },
  'evidence-escapes': { phase: 'evidence', outcomes: ['done'] },
  'restore-fails': { phase: 'evidence', outcomes: ['done', 'failed'] },
  /** Everything takes longer. */
  slow: { phase: 'evidence', outcomes: ['done'] },
};

/** Every kind of fate, in the order of the phases that meet them. */
export const fateKinds: readonly FateKind[] = Object.keys(rules).filter((kind): kind is FateKind =>
  Object.hasOwn(rules, kind),
);

const phases: readonly HostPhase[] = [...new Set(fateKinds.map((kind) => rules[kind].phase))];

/** The phase that meets a fate. */
export const phaseOf = (kind: FateKind): HostPhase => rules[kind].phase;

/** What befalls hosts. */
export interface FatePolicy {
  /** The share of hosts that each kind befalls, from 0 to 1; each for itself. */
  readonly shares: Readonly<Partial<Record<FateKind, number>>>;
  /** The fates of hosts by name, in the place of what the shares say. */
  readonly hosts?: Readonly<Record<string, readonly FateKind[]>> | undefined;
}

/** The kinds that befall a host. */
export type Fate = ReadonlySet<FateKind>;

const GOOD: Fate = new Set();

/** The fate of a host: the same wherever and whenever it is asked. */
export function fateOf(seed: number, host: string, { shares, hosts = {} }: FatePolicy): Fate {
  if (Object.hasOwn(hosts, host)) return new Set(hosts[host]);
  const kinds = fateKinds.filter((kind) => {
    const share = shares[kind];
    return share !== undefined && share > 0 && shareOf(seed, host, kind) < share;
  });
  return kinds.length === 0 ? GOOD : new Set(kinds);
}

/** Shares by which this share of hosts meets trouble in each phase; kinds of one phase are equally likely. */
export function inEveryPhase(share: number): Partial<Record<FateKind, number>> {
  const shares: Partial<Record<FateKind, number>> = {};
  for (const kind of fateKinds) {
    const besides = fateKinds.filter((other) => phaseOf(other) === phaseOf(kind));
    shares[kind] = share / besides.length;
  }
  return shares;
}

/** The ways in which a rollout may end on a host of this fate, where the network is whole and nobody stops it. */
export function outcomesOf(fate: Fate): readonly Outcome[] {
  const possible = new Set<Outcome>();
  for (const phase of phases) {
    const met = fateKinds
      .filter((kind) => fate.has(kind) && phaseOf(kind) === phase)
      .map((kind) => rules[kind].outcomes);
    for (const outcome of met.flat()) if (outcome !== 'done') possible.add(outcome);
    // It goes no further: what would come later cannot befall it.
    if (!met.every((outcomes) => outcomes.includes('done'))) return [...possible];
  }
  return [...possible, 'done'];
}
