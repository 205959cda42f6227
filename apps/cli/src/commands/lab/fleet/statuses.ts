import { createHash } from 'node:crypto';
import type { RolloutStatus } from '@kexeckit/rollout';

/** How one rollout stands, as a page is told it. */
export interface ToldStatus {
  readonly body: Buffer;
  /** The same for what differs in nothing but in how late it is. */
  readonly tag: string;
}

/** Milliseconds for which an answer is given again, at least; and how many times as long as it took to find out. */
const FRESH_MS = 1000;
const REST = 2;
/** Milliseconds of the rollout's clock after which an answer counts as another one while it runs, though nothing has changed. */
const LATER_MS = 10_000;
/** Rollouts whose answer is kept. */
const KEPT_MAX = 4;

interface Kept {
  readonly answer: Promise<ToldStatus>;
  staleAt: number;
}

/**
 * Asks for a rollout no more often than is worth it, however many pages ask: one question at a time, whose answer stands for twice as long
 * as it took.
 */
export class Statuses {
  readonly #ask: (id: string) => Promise<RolloutStatus>;
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept>();

  /** @param now milliseconds that only grow. */
  constructor(ask: (id: string) => Promise<RolloutStatus>, now: () => number = () => performance.now()) {
    this.#ask = ask;
    this.#now = now;
  }

  /** @throws what asking throws; that is not kept. */
  of(id: string): Promise<ToldStatus> {
    const kept = this.#kept.get(id);
    if (kept !== undefined && this.#now() < kept.staleAt) return kept.answer;
    const began = this.#now();
    const next: Kept = { answer: this.#ask(id).then(toldOf), staleAt: Number.POSITIVE_INFINITY };
    this.#kept.delete(id);
    this.#kept.set(id, next);
    this.#forget();
    next.answer.then(
      () => {
        const ended = this.#now();
        next.staleAt = ended + Math.max(FRESH_MS, REST * (ended - began));
      },
      () => {
        if (this.#kept.get(id) === next) this.#kept.delete(id);
      },
    );
    return next.answer;
  }

  #forget(): void {
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest);
  }
}

function toldOf(status: RolloutStatus): ToldStatus {
  const text = JSON.stringify(status);
  const now = status.state === 'running' ? Math.floor(status.now / LATER_MS) : 0;
  const same = JSON.stringify({ ...status, now });
  return { body: Buffer.from(text), tag: `"${createHash('sha256').update(same).digest('base64url')}"` };
}
