import { type HostPhase, hostPhases } from '@kexeckit/rollout';
import type { CommandKind } from '../../src/simulation/command.ts';
import { hostName } from '../../src/simulation/config.ts';
import { Cuts, isLost } from '../../src/simulation/cuts.ts';
import { type FateKind, type FatePolicy, fateOf, outcomesOf, phaseOf } from '../../src/simulation/fates.ts';
import type { Halt } from '../../src/simulation/halts.ts';
import { bitsOf } from '../../src/simulation/seed.ts';

/** What is struck while the world stands still: the worker that has asked, its connection to the database, the database. */
export type StrikeKind = 'kill' | 'cut' | 'restart';

/** A blow at a command of a host. */
export interface Strike {
  readonly kind: StrikeKind;
  readonly halt: Halt;
}

/** What decides strikes. */
export interface StrikeSettings {
  readonly seed: number;
  readonly hosts: number;
  readonly prefix: string;
  readonly fates: FatePolicy;
  /** The share of commands whose connections are cut. */
  readonly apartShare: number;
  readonly counts: Readonly<Record<StrikeKind, number>>;
}

/** What a host that is well is asked, phase by phase, in this order: the first times of each. */
const road: readonly (readonly [HostPhase, readonly CommandKind[]])[] = [
  ['inspect', ['identify', 'architecture', 'claim', 'ask', 'write', 'describe']],
  ['stage', ['load']],
  ['drain', ['drain']],
  ['commit', ['exec']],
  ['health', ['health', 'restore']],
  ['evidence', ['evidence']],
];

/** Strikes by a seed: each at a command that its host hears for sure, and before or after it is done. */
export function strikesOf(settings: StrikeSettings): readonly Strike[] {
  const strikes = new Map<string, Strike>();
  for (const [kind, count] of Object.entries(settings.counts).filter(isStrike))
    for (let at = 0; at < count; at++)
      for (let tries = 0; ; tries++) {
        const halt = haltBy(settings, (what) => bitsOf(settings.seed, kind, at, tries, what));
        const key = `${halt?.host} ${halt?.command}`;
        if (halt === undefined || strikes.has(key)) continue;
        strikes.set(key, { kind, halt });
        break;
      }
  return [...strikes.values()];
}

const isStrike = (entry: [string, number]): entry is [StrikeKind, number] =>
  entry[0] === 'kill' || entry[0] === 'cut' || entry[0] === 'restart';

/** A halt by chance; none where the host may not come so far. */
function haltBy({ seed, hosts, prefix, fates, apartShare }: StrikeSettings, bits: (what: string) => number) {
  const host = hostName({ prefix, hosts }, bits('host') % hosts);
  // The phase first: a commit is as likely as an inspection, which has more commands.
  const [phase, commands] = road[bits('phase') % road.length] ?? ['inspect', []];
  const command = commands[bits('command') % commands.length] ?? 'identify';
  if (!passes(fateOf(seed, host, fates), phase)) return undefined;
  const cuts = new Cuts(seed, { share: apartShare });
  const before = road.flatMap(([, each]) => each);
  const isCutBefore = before
    .slice(0, before.indexOf(command))
    .some((each) => cuts.decided(host, each, 0) !== undefined);
  if (isCutBefore || isLost(cuts.decided(host, command, 0))) return undefined;
  const when = bits('when') % 2 === 0 ? 'before' : 'after';
  return { host, command, when } as const;
}

/** Whether a host of this fate comes to a phase, whatever it meets there. */
function passes(fate: ReadonlySet<FateKind>, phase: HostPhase): boolean {
  const isLater = (kind: FateKind): boolean => hostPhases.indexOf(phaseOf(kind)) > hostPhases.indexOf(phase);
  return [...fate].every((kind) => isLater(kind) || outcomesOf(new Set([kind])).every((outcome) => outcome === 'done'));
}
