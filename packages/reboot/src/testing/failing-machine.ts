import { RebootError } from '../error.ts';
import { keepLoan } from '../machine/loan.ts';
import type { LoadedReboot, Machine, Staged } from '../machine/machine.ts';
import type { Ending } from '../machine/report.ts';
import { Staging } from '../machine/staging.ts';
import { type Phase, phases } from '../phases.ts';
import type { Reality } from '../reality/reality.ts';
import type { Watch } from '../watch.ts';

/**
 * How a machine fails: `throws` at once · `hangs` until it is cancelled · `deaf` it does not listen to its signal, and ends
 * the phase only when it is released.
 */
export type Failing = 'throws' | 'hangs' | 'deaf';

/**
 * A machine for tests: it behaves as another one does, except in one phase. In `describe`, `stage` and `quiesce` it fails before
 * the point of no return; in later phases its commit fails.
 */
export class FailingMachine<End extends Ending> implements Machine<End> {
  readonly name: string;
  readonly rehearses: boolean;
  readonly #inner: Machine<End>;
  readonly #phase: Phase;
  readonly #how: Failing;
  readonly #staging = new Staging<End>();
  /** Where the other one lends: then it fails in `plan` too, once it has lent. */
  readonly lend?: NonNullable<Machine['lend']>;
  #release: () => void = () => {};

  constructor(inner: Machine<End>, phase: Phase, how: Failing) {
    this.name = `failing ${inner.name}`;
    this.rehearses = inner.rehearses;
    this.#inner = inner;
    this.#phase = phase;
    this.#how = how;
    const lend = inner.lend?.bind(inner);
    if (lend === undefined) return;
    this.lend = async (need, watch = {}) => {
      const loan = await lend(need, watch);
      return await keepLoan(loan, async () => {
        await this.#failIn(phases.plan, watch);
        return loan;
      });
    };
  }

  async refuseEarly(watch: Watch = {}): Promise<void> {
    await this.#inner.refuseEarly?.(watch);
  }

  async describe(watch: Watch = {}): Promise<Reality> {
    await this.#failIn(phases.describe, watch);
    return await this.#inner.describe(watch);
  }

  /** Fails once everything is staged: what is behind it must not be forgotten. */
  async stage(reboot: LoadedReboot, watch: Watch = {}): Promise<Staged<End>> {
    this.#staging.refuseIfTaken();
    const inner = await this.#inner.stage(reboot, this.#how === 'deaf' ? {} : watch);
    try {
      await this.#failIn(phases.stage, watch);
    } catch (error) {
      await inner.discard();
      throw error;
    }
    return this.#staging.hold(reboot.plan, {
      digest: () => inner.digest(),
      quiesce: async (during) => {
        await this.#failIn(phases.quiesce, during);
        await inner.quiesce(during);
      },
      discard: () => inner.discard(),
      commit: async (during) => {
        if (!this.#phase.undoable) {
          await inner.discard();
          await this.#failIn(this.#phase, during);
        }
        return await inner.commit(during);
      },
    });
  }

  async staged(): Promise<Staged<End> | undefined> {
    return this.#staging.current;
  }

  /** Lets a deaf machine end its phase, as if nothing had been wrong. */
  release(): void {
    this.#release();
  }

  async #failIn(phase: Phase, { signal }: Watch): Promise<void> {
    if (phase !== this.#phase) return;
    if (this.#how === 'throws')
      throw new RebootError('EIO', `the machine fails while ${phase.doing}`, 'it was told to', { phase });
    await new Promise<void>((resolve, reject) => {
      this.#release = resolve;
      if (this.#how === 'deaf') return;
      if (signal?.aborted) reject(signal.reason);
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }
}
