import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import type { RebootPlan } from '../plan/plan.ts';
import type { Watch } from '../watch.ts';
import type { Staged } from './machine.ts';
import type { Ending } from './report.ts';

/** What a machine does with what it has staged. */
export interface StagedActions<End extends Ending> {
  readonly digest: () => Promise<string | undefined>;
  /** Nothing by default. */
  readonly quiesce?: (watch: Watch) => Promise<void>;
  readonly discard: () => Promise<void>;
  readonly commit: (watch: Watch) => Promise<End>;
}

/** `discarding` until the machine has let go; a discard that fails leads back to `staged`. */
type State = 'staged' | 'discarding' | 'discarded' | 'committed';

/** The place for what one machine has staged: at most one at a time, committed or discarded once. */
export class Staging<End extends Ending> {
  #current: Staged<End> | undefined;
  /** A commit that is under way. */
  #committing = false;

  /** What is staged now, also while a discard has not let go of it. */
  get current(): Staged<End> | undefined {
    return this.#current;
  }

  /** @throws RebootError `EBUSY` in phase `stage` while something is staged, or a commit is under way. */
  refuseIfTaken(): void {
    if (this.#current !== undefined) throw busy('a reboot is staged already', 'commit it, or discard it first');
    if (this.#committing) throw busy('a reboot is being committed', 'wait until it has ended');
  }

  /** Notes what was staged, and hands it out. */
  hold(plan: RebootPlan, actions: StagedActions<End>): Staged<End> {
    this.refuseIfTaken();
    let state: State = 'staged';
    let discarding: Promise<void> | undefined;
    const discard = async (): Promise<void> => {
      state = 'discarding';
      try {
        await actions.discard();
      } catch (error) {
        state = 'staged';
        throw error;
      } finally {
        discarding = undefined;
      }
      state = 'discarded';
      this.#current = undefined;
    };
    const commit = async (watch: Watch): Promise<End> => {
      state = 'committed';
      this.#current = undefined;
      this.#committing = true;
      try {
        return await actions.commit(watch);
      } finally {
        this.#committing = false;
      }
    };
    this.#current = {
      plan,
      digest: async () => {
        if (state !== 'staged') throw gone(`it was ${state} before`, 'stage it again');
        return await actions.digest();
      },
      quiesce: async (watch = {}) => {
        if (state !== 'staged') throw gone(`it was ${state} before`, 'stage it again');
        await actions.quiesce?.(watch);
      },
      discard: async () => {
        if (state === 'committed') throw gone('it was committed', 'there is no way back from the point of no return');
        if (state === 'discarded') return;
        discarding ??= discard();
        await discarding;
      },
      commit: async (watch = {}) => {
        if (state !== 'staged') throw gone(`it was ${state} before`, 'stage it again');
        return await commit(watch);
      },
    };
    return this.#current;
  }
}

const busy = (what: string, hint: string): RebootError => new RebootError('EBUSY', what, hint, { phase: phases.stage });

const gone = (why: string, hint: string): RebootError =>
  new RebootError('EALREADY', `nothing is staged any more: ${why}`, hint, { phase: phases.stage });
