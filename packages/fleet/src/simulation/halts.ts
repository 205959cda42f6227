import type { CommandKind } from './command.ts';

/** A command at which the world stands still until somebody has done something to it: once, the first time that the host hears it. */
export interface Halt {
  readonly host: string;
  readonly command: CommandKind;
  /** Whether the host has done it by then; the worker has no reply in either case. */
  readonly when: 'before' | 'after';
}

/** A halt that has been reached. */
export interface Halted {
  /** Its place in the config. */
  readonly halt: number;
  /** Who has asked. */
  readonly worker: string;
}

/** Commands that stand still, and whoever waits for the next one. */
export class Halts {
  readonly #goOn = new Map<number, (arrives: boolean) => void>();
  readonly #reached: Halted[] = [];
  readonly #waiting = new Set<(halted: Halted) => void>();

  /** Stands still until {@link goOn}. @returns whether what was asked arrives then. */
  stand(halted: Halted): Promise<boolean> {
    const [waits] = this.#waiting;
    if (waits === undefined) this.#reached.push(halted);
    else {
      this.#waiting.delete(waits);
      waits(halted);
    }
    return new Promise((resolve) => this.#goOn.set(halted.halt, resolve));
  }

  /**
   * The next halt that is reached: each is told once.
   *
   * @returns forgets who waits for it.
   */
  next(take: (halted: Halted) => void): () => void {
    const reached = this.#reached.shift();
    if (reached === undefined) this.#waiting.add(take);
    else take(reached);
    return () => this.#waiting.delete(take);
  }

  /** @returns whether somebody stood there. */
  goOn(halt: number, arrives: boolean): boolean {
    this.#goOn.get(halt)?.(arrives);
    return this.#goOn.delete(halt);
  }
}
