import type { LoadedReboot, Reality } from '@kexeckit/reboot';
import type { Invariant, World } from '@kexeckit/relocation';
import type { Choose } from './choose.ts';
import { Routine } from './routine.ts';
import type { Verdict } from './verdict.ts';
import type { Setup } from './victim.ts';

/**
 * What a sabotage is done to.
 *
 * `agreed` plan, tables, list, digests, device tree and memory are wrong and agree with each other · `world` the plan is left
 * as it is, and the machine is another one.
 */
export type SabotageKind = 'plan' | 'memory' | 'routine' | 'machine state' | 'agreed' | 'world';

/** One way to break a correct reboot, and what is known to catch it. */
export interface Sabotage {
  readonly name: string;
  readonly kind: SabotageKind;
  /** The sort of rule that it breaks, where hardware does not report it: then the strict machine must catch it alone. */
  readonly breach?: 'cache' | 'TLB' | 'barrier';
  readonly on: readonly Setup[];
  /** The invariant of the proof that names it first. */
  readonly proof: Invariant;
  /** What the strict machine says, the proof not asked: one of these. None: it has no effect that a machine could see. */
  readonly machine: readonly Verdict[];
  /** Only an adversary brings it to light on the machine. */
  readonly adversary?: true;
  /** What QEMU does up to the jump, where it was tried: end with the right bytes and registers, or not. */
  readonly qemu?: 'misses' | 'catches';
  /** How the machine that it is tried on differs from the one that the plan was made for. */
  readonly world?: (victim: LoadedReboot, reality: Reality, choose: Choose) => Partial<World>;
  /** Breaks it, at a place that is chosen. Gives back another plan where one is needed. */
  commit(victim: LoadedReboot, choose: Choose, reality: Reality): LoadedReboot | undefined;
}

type RoutineSabotage = Omit<Sabotage, 'kind' | 'proof' | 'commit'> & {
  readonly patch: (routine: Routine, choose: Choose, victim: LoadedReboot) => void;
};

/** A sabotage of the routine's words: the proof finds it, whatever it is, because it emits the routine again. */
export const inRoutine = ({ patch, ...rest }: RoutineSabotage): Sabotage => ({
  ...rest,
  kind: 'routine',
  proof: 'routine',
  commit: (victim, choose) => {
    patch(new Routine(victim), choose, victim);
    return undefined;
  },
});

/** A sabotage of what is loaded in memory. */
export const inMemory = (
  sabotage: Omit<Sabotage, 'kind' | 'commit'> & { readonly change: (victim: LoadedReboot, choose: Choose) => void },
): Sabotage => {
  const { change, ...rest } = sabotage;
  return {
    ...rest,
    kind: 'memory',
    commit: (victim, choose) => {
      change(victim, choose);
      return undefined;
    },
  };
};

/** A sabotage of the plan, or of memory and plan together. */
export const inPlan = (sabotage: Omit<Sabotage, 'kind'>): Sabotage => ({ ...sabotage, kind: 'plan' });

/** The plan is wrong, and everything agrees with it. */
export const inAgreement = (sabotage: Omit<Sabotage, 'kind'>): Sabotage => ({ ...sabotage, kind: 'agreed' });

/** The machine is not the one that the plan was made for. */
export const inWorld = (
  sabotage: Omit<Sabotage, 'kind' | 'commit' | 'world'> & { readonly world: NonNullable<Sabotage['world']> },
): Sabotage => ({ ...sabotage, kind: 'world', commit: () => undefined });

/** The machine is not in the state that the plan was made for. */
export const inState = (sabotage: Omit<Sabotage, 'kind' | 'proof'>): Sabotage => ({
  ...sabotage,
  kind: 'machine state',
  proof: 'routine',
});
