/** The way back from what is done as a whole or not at all. */
export class Undo {
  #steps: (() => void)[] | undefined;

  /** Notes how to take back what was just done; where nobody may want that, nothing is kept. */
  note(step: () => void): void {
    this.#steps?.push(step);
  }

  /** Acts; if that throws, all that it noted is taken back, the latest first. */
  whole(act: () => void): void {
    const outer = this.#steps;
    const steps: (() => void)[] = [];
    this.#steps = steps;
    try {
      act();
      for (const step of steps) outer?.push(step);
    } catch (error) {
      for (const step of steps.reverse()) step();
      throw error;
    } finally {
      this.#steps = outer;
    }
  }
}
