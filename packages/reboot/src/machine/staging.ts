import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import type { RebootPlan } from '../plan/plan.ts';
import type { Watch } from '../watch.ts';
import type { Staged } from './machine.ts';
import type { Ending } from './report.ts';

/** What a machine does with what it has staged. */
export interface StagedActions<End extends Ending> {
  readonly discard: () => Promise<void>;
  readonly commit: (watch: Watch) => Promise<End>;
}

type State = 'staged' | 'committed' | 'discarded';

/** The place for what one machine has staged: at most one at a time, committed or discarded once. */
export class Staging<End extends Ending> {
  #current: Staged<End> | undefined;

  /** What is staged now. */
  get current(): Staged<End> | undefined {
    return this.#current;
  }

  /** @throws RebootError `EBUSY` in phase `stage` while something is staged. */
  refuseIfTaken(): void {
    if (this.#current === undefined) return;
    throw new RebootError('EBUSY', 'a reboot is staged already', 'commit it, or discard it first', {
      phase: phases.stage,
    });
  }

  /** Notes what was staged, and hands it out. */
  hold(plan: RebootPlan, actions: StagedActions<End>): Staged<End> {
    this.refuseIfTaken();
    let state: State = 'staged';
    const leave = (next: State): void => {
      state = next;
      if (this.#current === staged) this.#current = undefined;
    };
    const staged: Staged<End> = {
      plan,
      discard: async () => {
        if (state === 'committed') throw gone('it was committed', 'there is no way back from the point of no return');
        if (state === 'discarded') return;
        leave('discarded');
        await actions.discard();
      },
      commit: async (watch = {}) => {
        if (state !== 'staged') throw gone(`it was ${state} before`, 'stage it again');
        leave('committed');
        return await actions.commit(watch);
      },
    };
    this.#current = staged;
    return staged;
  }
}

const gone = (why: string, hint: string): RebootError =>
  new RebootError('EALREADY', `nothing is staged any more: ${why}`, hint, { phase: phases.stage });
